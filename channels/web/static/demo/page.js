// The demo page's own buttons that open the assistant; with data-ask, they ask it something too.
for (const button of document.querySelectorAll("[data-dalil-open]")) {
  button.addEventListener("click", () => window.Dalil?.open({ text: button.dataset.ask ?? "" }));
}
