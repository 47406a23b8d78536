// Shows in the header that the network or the server cannot be reached, as long as that lasts.
// Loaded with the page; page.js starts it.

window.textvaeConnection = (() => {
  const INTERVAL = 3000; // ms between two requests to the server, while the page is visible
  const PATIENCE = 10_000; // ms for an answer; on a slow network the server is not gone

  // Behind a proxy, the proxy answers for a server that is gone. The page's own rejections have the
  // same text under two names.
  async function isOfProxy(answer) {
    if (answer.status !== 503) return answer.status === 502 || answer.status === 504;
    const { detail, error } = await answer.json().catch(() => ({}));
    return !detail || detail !== error;
  }

  async function isAnswered() {
    try {
      const options = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
      return !(await isOfProxy(await fetch("gradio_api/startup-events", options)));
    } catch {
      return false;
    }
  }

  function start() {
    const line = document.querySelector(".tv-connection");
    if (!line) return;
    const show = (state) => {
      line.hidden = state === null;
      line.textContent = state === null ? "" : line.dataset[state];
    };
    let isAsking = false;
    const check = async () => {
      if (isAsking) return;
      isAsking = true;
      if (await isAnswered()) show(null); // by a server on this machine also without a network
      else show(navigator.onLine ? "gone" : "offline");
      isAsking = false;
    };
    addEventListener("offline", check);
    addEventListener("online", check);
    document.addEventListener("visibilitychange", () => !document.hidden && check());
    setInterval(() => !document.hidden && check(), INTERVAL);
  }

  return { start };
})();
