// Says in the header that the network or the server cannot be reached, for as long as that is so.
// Loaded with the page; page.js starts it.

window.textvaeConnection = (() => {
  const INTERVAL = 3000; // ms between two requests to the server, while the page is visible
  const TIMEOUT = 1800; // ms for an answer
  const MAX_LATE = 3; // answers late in a row, after which the server counts as gone

  // Behind a proxy, the proxy answers for a server that is gone. The page's own refusals say the
  // same under two names.
  async function isOfProxy(answer) {
    if (answer.status !== 503) return answer.status === 502 || answer.status === 504;
    const { detail, error } = await answer.json().catch(() => ({}));
    return !detail || detail !== error;
  }

  async function probe() {
    try {
      const options = { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) };
      const answer = await fetch("gradio_api/startup-events", options);
      return (await isOfProxy(answer)) ? "no" : "yes";
    } catch (error) {
      return error.name === "TimeoutError" ? "late" : "no";
    }
  }

  function start() {
    const line = document.querySelector(".tv-connection");
    if (!line) return;
    let late = 0;
    const show = (state) => {
      line.hidden = state === null;
      line.textContent = state === null ? "" : line.dataset[state];
    };
    const check = async () => {
      const answer = await probe();
      late = answer === "late" ? late + 1 : 0;
      if (answer === "yes") show(null);
      else if (!navigator.onLine) show("offline"); // a server on this machine answers all the same
      else if (answer === "no" || late >= MAX_LATE) show("gone");
    };
    addEventListener("offline", check);
    addEventListener("online", check);
    document.addEventListener("visibilitychange", () => !document.hidden && check());
    setInterval(() => !document.hidden && check(), INTERVAL);
  }

  return { start };
})();
