/*
 * The filter of a listing: hides the rows whose names do not hold what is typed.
 *
 * It runs before the table is there, and looks at what has come so far whenever something is typed and
 * when everything has come. Case does not matter, nor in which Unicode normal form a name is written.
 */
{
  const box = document.getElementById("filter");
  const status = document.getElementById("shown");
  const texts = [];

  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const apply = () => {
    const rows = document.querySelectorAll("tbody + tbody tr");
    for (let i = texts.length; i < rows.length; i++) texts.push(fold(rows[i].cells[0].textContent));
    const wanted = fold(box.value);
    let shown = 0;
    rows.forEach((row, i) => {
      const isShown = texts[i].includes(wanted);
      if (row.hidden === isShown) row.hidden = !isShown;
      if (isShown) shown++;
    });
    status.textContent = wanted === "" ? "" : `${shown} of ${rows.length} shown`;
  };

  box.parentElement.hidden = false;
  box.addEventListener("input", apply);
  // A browser that comes back to the page fills in what was typed before.
  addEventListener("pageshow", apply);
}
