// The line to the server: Socket.IO's protocol (5, over Engine.IO 4) as far as the widget needs it.
// By WebSocket; where that cannot be opened, by long polling. It comes back by itself after a cut.
//
// The whole client library is three times the size of everything else here, for transports, binary
// data and rooms that a patron's page never uses.

const OPEN_MS = 6_000; // for one way of connecting
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 10_000];
const SEPARATOR = "\x1e"; // between packets of one polling answer
/* Engine.IO's kinds of packet, and Socket.IO's within MESSAGE. */
const [OPENED, CLOSED, PING, PONG, MESSAGE] = "01234";
const [CONNECT, DISCONNECT, EVENT, ACK, REFUSED] = "01234";

/**
 * @typedef {(data: any) => void} Handler
 * @typedef {{send: (packet: string) => void, close: () => void}} Transport
 * @typedef {{packet: (text: string) => void, lost: () => void}} Ears
 */

export class Line {
  /**
   * @param {{url: URL, namespace: string, auth: () => object}} where `url` is the server's socket.io/.
   */
  constructor({ url, namespace, auth }) {
    this.url = url;
    this.namespace = namespace;
    this.auth = auth;
    /** @type {Map<string, Handler>} */
    this.handlers = new Map();
    /** @type {Map<number, Handler>} */
    this.asked = new Map();
    /** @type {Transport | null} */
    this.transport = null;
    this.number = 0;
    this.failures = 0;
    this.connected = false;
    this.life = 0; // what belongs to an earlier connection is dropped by it
    this.wanted = false;
  }

  /**
   * `name` is an event of the server, or "lost".
   * @param {string} name
   * @param {Handler} handler
   */
  on(name, handler) {
    this.handlers.set(name, handler);
  }

  /** Connect now, and again after every cut, until `close`. */
  open() {
    this.wanted = true;
    if (this.transport) return;
    clearTimeout(this.later);
    this.#connect();
  }

  close() {
    this.wanted = false;
    clearTimeout(this.later);
    if (this.connected) this.#send(MESSAGE + DISCONNECT + this.namespace + ",");
    this.#drop();
  }

  /**
   * Say something that needs no answer; dropped where there is no line.
   * @param {string} event
   * @param {object} data
   */
  tell(event, data) {
    if (this.connected) this.#send(`${MESSAGE}${EVENT}${this.namespace},${JSON.stringify([event, data])}`);
  }

  /**
   * Ask for an acknowledgement. Rejects after `ms`, and at once when the line is cut.
   * @param {string} event
   * @param {object} data
   * @param {number} ms
   * @returns {Promise<any>}
   */
  ask(event, data, ms) {
    return new Promise((resolve, reject) => {
      if (!this.connected) return reject(new Error("no line"));
      const id = this.number++;
      const end = setTimeout(() => this.asked.get(id)?.(null), ms);
      this.asked.set(id, (answer) => {
        clearTimeout(end);
        this.asked.delete(id);
        if (answer) resolve(answer);
        else reject(new Error("no answer"));
      });
      this.#send(`${MESSAGE}${EVENT}${this.namespace},${id}${JSON.stringify([event, data])}`);
    });
  }

  async #connect() {
    const life = ++this.life;
    for (const way of [socket, polling]) {
      const transport = await this.#try(way, life);
      if (life !== this.life) return transport?.close();
      if (transport) {
        this.transport = transport;
        this.#send(`${MESSAGE}${CONNECT}${this.namespace},${JSON.stringify(this.auth())}`);
        return undefined;
      }
    }
    this.#lost();
  }

  /**
   * Open one way. Gives null where it does not open in time.
   * @param {(url: URL, ears: Ears) => Transport} way
   * @param {number} life
   * @returns {Promise<Transport | null>}
   */
  #try(way, life) {
    return new Promise((resolve) => {
      const end = setTimeout(() => settle(false), OPEN_MS);
      let settled = false;
      const settle = (/** @type {boolean} */ good) => {
        if (settled) return;
        settled = true;
        clearTimeout(end);
        if (!good) transport.close();
        resolve(good ? transport : null);
      };
      const transport = way(this.url, {
        packet: (text) => {
          if (text[0] === OPENED) {
            const { pingInterval, pingTimeout } = JSON.parse(text.slice(1));
            this.patience = pingInterval + pingTimeout;
            settle(true);
          }
          if (life === this.life) this.#packet(text);
        },
        lost: () => {
          settle(false);
          if (life === this.life && this.transport === transport) this.#lost();
        },
      });
    });
  }

  /** @param {string} text */
  #packet(text) {
    clearTimeout(this.silence); // the server is heard of at least once within its ping interval
    this.silence = setTimeout(() => this.#lost(), this.patience);
    if (text[0] === PING) this.#send(PONG);
    else if (text[0] === CLOSED) this.#lost();
    else if (text[0] === MESSAGE) this.#message(text.slice(1));
  }

  /** @param {string} text */
  #message(text) {
    const parts = /^(\d)\/[^,]*,(\d*)(.*)$/s.exec(text);
    if (!parts) return;
    const [, kind, id, body] = parts;
    if (kind === CONNECT) {
      this.connected = true;
      this.failures = 0;
    } else if (kind === DISCONNECT || kind === REFUSED) {
      this.#lost();
    } else if (kind === ACK) {
      this.asked.get(Number(id))?.(JSON.parse(body)[0] ?? {});
    } else if (kind === EVENT) {
      const [event, data] = JSON.parse(body);
      this.handlers.get(event)?.(data);
    }
  }

  /** @param {string} packet */
  #send(packet) {
    this.transport?.send(packet);
  }

  #drop() {
    this.life += 1;
    clearTimeout(this.silence);
    const { transport } = this;
    this.transport = null;
    this.connected = false;
    transport?.close();
    for (const give of [...this.asked.values()]) give(null);
  }

  #lost() {
    this.#drop();
    if (!this.wanted) return;
    const pause = PAUSES_MS[Math.min(this.failures++, PAUSES_MS.length - 1)];
    clearTimeout(this.later);
    this.later = setTimeout(() => this.open(), pause * (0.75 + Math.random() / 2));
    this.handlers.get("lost")?.(null);
  }
}

/**
 * @param {URL} url
 * @param {Ears} ears
 * @returns {Transport}
 */
function socket(url, ears) {
  const address = new URL(`?EIO=4&transport=websocket`, url);
  address.protocol = address.protocol.replace("http", "ws");
  const opened = new WebSocket(address.href);
  opened.onmessage = ({ data }) => ears.packet(data);
  opened.onclose = () => ears.lost();
  return {
    send: (packet) => opened.readyState === 1 && opened.send(packet),
    close: () => opened.close(),
  };
}

/**
 * @param {URL} url
 * @param {Ears} ears
 * @returns {Transport}
 */
function polling(url, ears) {
  const stop = new AbortController();
  let id = "";
  /** @type {string[]} */
  let waiting = [];
  let posting = false;
  const call = async (/** @type {string | null} */ body) => {
    const query = `?EIO=4&transport=polling&t=${Date.now().toString(36)}${id && `&sid=${id}`}`;
    const options = { method: body === null ? "GET" : "POST", body, signal: stop.signal, cache: "no-store" };
    const answer = await fetch(new URL(query, url), /** @type {RequestInit} */ (options));
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  };
  const gone = () => {
    if (!stop.signal.aborted) ears.lost();
  };
  const listen = async () => {
    while (!stop.signal.aborted) {
      for (const packet of (await call(null)).split(SEPARATOR)) {
        if (packet[0] === OPENED) id = JSON.parse(packet.slice(1)).sid;
        if (!stop.signal.aborted) ears.packet(packet);
      }
    }
  };
  const post = async () => {
    if (posting) return;
    posting = true;
    while (waiting.length) {
      const all = waiting.join(SEPARATOR);
      waiting = [];
      await call(all);
    }
    posting = false;
  };
  listen().catch(gone);
  return {
    send: (packet) => {
      waiting.push(packet);
      post().catch(gone);
    },
    close: () => {
      // what was sent last (a farewell) may still go out; nothing more is heard
      setTimeout(() => stop.abort(), 0);
      ears = { packet: () => undefined, lost: () => undefined };
    },
  };
}
