// Gradio's view of the API. Its requests for missing features get a 404 here, so that no request
// fails in the console, and descriptions lose the sentence that Gradio puts around
// them. Loaded with the page; page.js starts it.

window.textvaeApiPanel = (() => {
  const WRAPPED = [
    /^\s*The input value that is provided in the ".*" \S+\s+component\.\s*(.*)$/s,
    /^\s*The output value that appears in the "(.*)" \S+\s+component\.\s*$/s,
  ];

  function isAbsent(address) {
    if (address.endsWith("/monitoring/summary")) return true;
    return address.endsWith("/mcp/schema") && !window.gradio_config?.mcp_server;
  }

  const ask = window.fetch;
  window.fetch = (address, ...options) => {
    const isMissing = isAbsent(String(address?.url ?? address));
    return isMissing ? Promise.resolve(new Response(null, { status: 404 })) : ask(address, ...options);
  };

  function shorten() {
    for (const text of document.querySelectorAll(".api-docs .desc")) {
      const found = WRAPPED.map((each) => each.exec(text.textContent)).find(Boolean);
      if (found) text.firstChild.data = found[1];
    }
  }

  function start() {
    new MutationObserver(() => document.querySelector(".api-docs") && shorten()).observe(document.body, { childList: true, subtree: true });
  }

  return { start };
})();
