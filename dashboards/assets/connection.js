/* Whether the server still answers: it is said within two seconds when it does not, and what is shown stays. */
(() => {
  const ASK_EVERY_MS = 700;
  const PATIENCE_MS = 1200;
  const ADVICE = "What is shown is from that time. The page goes on by itself when the server answers again.";
  let gone = null;
  // What has been chosen since then was asked for in vain.
  let place = null;

  const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

  async function answers() {
    try {
      const asked = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
      return (await fetch("/alive", asked)).ok;
    } catch {
      return false;
    }
  }

  function tell() {
    const told = document.getElementById("connection");
    const text = gone === null ? "" : `No answer from the server since ${time.format(gone)}. ${ADVICE}`;
    document.body.classList.toggle("gone", gone !== null);
    if (!told || told.textContent === text) return;
    told.textContent = text;
    told.hidden = gone === null;
  }

  async function look() {
    const answered = document.hidden || (await answers());
    if (!answered && gone === null) {
      gone = new Date();
      place = window.location.href;
    } else if (answered && gone !== null && !document.hidden) {
      gone = null;
      if (window.location.href !== place) window.twin.redraw();
    }
    tell();
    setTimeout(look, ASK_EVERY_MS);
  }

  look();
})();
