// What the desk's modules import from shared/: the widget's own modules (channels/desk/assets.py puts them
// there), and the published Socket.IO client, of which the desk uses this much.
declare module "*/shared/dom.js" {
  export const h: typeof import("../web/static/dom.js").h;
}
declare module "*/shared/markdown.js" {
  export const bare: typeof import("../web/static/markdown.js").bare;
  export const link: typeof import("../web/static/markdown.js").link;
  export const markdown: typeof import("../web/static/markdown.js").markdown;
  export const plain: typeof import("../web/static/markdown.js").plain;
  export const safeAddress: typeof import("../web/static/markdown.js").safeAddress;
}
declare module "*/shared/socket.io.esm.min.js" {
  export interface Socket {
    on(name: string, act: (data: any) => void): Socket;
    connect(): Socket;
    disconnect(): Socket;
  }
  export function io(url: string, options: object): Socket;
}
