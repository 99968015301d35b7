// What the server tells as it happens: "handoff", "message", "change", "consent", "forgotten", "presence", "typing",
// "writing", "troubles", "welcome" (listening again: what was missed must be asked for), "lost", "signed-out".

import { Teller } from "./events.js";
import { io } from "./shared/socket.io.esm.min.js";

const ROOT = new URL("../../../", import.meta.url);
const AGAIN_MS = 2_000;

export class Live extends Teller {
  ended = false;

  /** @param {string} csrf */
  connect(csrf) {
    const socket = io(`${ROOT.origin}/desk`, {
      path: `${ROOT.pathname}socket.io/`,
      auth: { csrf },
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelayMax: 8_000,
    });
    for (const name of ["handoff", "message", "change", "consent", "forgotten", "presence", "typing", "writing", "troubles", "welcome"]) {
      socket.on(name, (data) => this.tell(name, data));
    }
    socket.on("refused", () => {
      this.ended = true;
      socket.disconnect();
      this.tell("signed-out");
    });
    socket.on("disconnect", (reason) => {
      if (this.ended) return;
      this.tell("lost");
      // The client does not come back by itself where the server closed the connection.
      if (reason === "io server disconnect") setTimeout(() => socket.connect(), AGAIN_MS);
    });
    socket.on("connect_error", () => this.tell("lost"));
    window.addEventListener("online", () => this.ended || socket.connect());
    window.addEventListener("offline", () => this.tell("lost"));
    this.socket = socket;
  }

  end() {
    this.ended = true;
    this.socket?.disconnect();
  }
}
