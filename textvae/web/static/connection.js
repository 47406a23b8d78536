// Says in the header that the network or the server is gone, and takes it back when they are
// there again. Loaded with the page; page.js starts it.

window.textvaeConnection = (() => {
  const EVERY = 3000; // ms between two questions to the server, while the page is looked at
  const PATIENCE = 1800; // ms for an answer
  const BUSY = 3; // answers that may be late in a row before the server counts as gone

  async function answers() {
    try {
      const options = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
      await fetch("gradio_api/startup-events", options);
      return "yes";
    } catch (error) {
      return error.name === "TimeoutError" ? "late" : "no";
    }
  }

  function start() {
    const line = document.querySelector(".tv-connection");
    if (!line) return;
    let late = 0;
    const say = (state) => {
      line.hidden = state === null;
      line.textContent = state === null ? "" : line.dataset[state];
    };
    const look = async () => {
      if (!navigator.onLine) return say("offline");
      const answer = await answers();
      late = answer === "late" ? late + 1 : 0;
      if (answer === "yes") say(null);
      else if (answer === "no" || late >= BUSY) say(navigator.onLine ? "gone" : "offline");
    };
    addEventListener("offline", () => say("offline"));
    addEventListener("online", look);
    document.addEventListener("visibilitychange", () => !document.hidden && look());
    setInterval(() => !document.hidden && look(), EVERY);
  }

  return { start };
})();
