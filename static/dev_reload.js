/*
 * What --dev puts at the end of each page: it loads the page again when what is served has changed.
 *
 * The address of this script says in which state the server was when it sent the page; the stream of
 * events says in which it is. A style sheet that changed is loaded beside the old one, which leaves when
 * the new one is there, so that nothing flickers and whatever the page has in its memory stays. A page
 * that nobody looks at holds no connection, for a browser has but six of them for one server; it asks
 * for the state when it is looked at again.
 */
{
  let state = new URL(document.currentScript.src).search.slice(1);
  let events = null;
  let again = 0;
  /** Style sheets that others are about to replace. */
  const leaving = new WeakSet();

  const pathOf = (link) => {
    const { origin, pathname } = new URL(link.href);
    if (origin !== location.origin) return "";
    try {
      return decodeURIComponent(pathname);
    } catch {
      // An escape that means no character: such a path is compared as it stands.
      return pathname;
    }
  };

  const replace = (link) => {
    const next = link.cloneNode();
    const url = new URL(link.href);
    url.searchParams.set("rawserve-dev", state);
    next.removeAttribute("integrity");
    next.href = url.href;
    next.onload = next.onerror = () => link.remove();
    leaving.add(link);
    link.after(next);
  };

  const restyle = (path) => {
    const links = [...document.querySelectorAll('link[rel~="stylesheet"][href]')]
      .filter((link) => !leaving.has(link));
    const name = path.slice(path.lastIndexOf("/") + 1);
    const exact = links.filter((link) => pathOf(link).endsWith(`/${path}`));
    const found = exact.length > 0
      ? exact
      : links.filter((link) => pathOf(link).endsWith(`/${name}`));
    // It may be imported by another, or written into the page.
    if (found.length === 0) location.reload();
    else found.forEach(replace);
  };

  const connect = () => {
    clearTimeout(again);
    events?.close();
    const stream = events = new EventSource("/.rawserve/dev");
    stream.addEventListener("state", ({ data }) => {
      if (data !== state) location.reload();
    });
    stream.addEventListener("style", ({ data }) => {
      const { state: next, path } = JSON.parse(data);
      state = next;
      restyle(path);
    });
    stream.onerror = () => {
      // Browsers try again by themselves, but not after every kind of failure.
      if (stream.readyState === EventSource.CLOSED) again = setTimeout(connect, 500);
    };
  };

  const follow = () => {
    if (document.visibilityState === "visible") return connect();
    clearTimeout(again);
    events?.close();
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
