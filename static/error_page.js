// The copy button of an app's failure. The clipboard is there on https and on this machine; elsewhere the text is
// shown and selected, and the browser is asked to copy what is selected.
(() => {
  const button = document.getElementById("copy");
  const said = document.getElementById("copied");
  const text = document.getElementById("text");

  function select() {
    document.getElementById("plain").open = true;
    getSelection().selectAllChildren(text);
    text.focus({ preventScroll: true });
    const isCopied = document.execCommand("copy");
    if (!isCopied) text.scrollIntoView();
    return isCopied ? "Copied" : "Selected: copy it with Ctrl+C or ⌘C";
  }

  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = "Copied";
    } catch {
      // There is no clipboard here, or the page may not write to it.
      said.textContent = select();
    }
  });
})();
