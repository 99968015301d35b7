// Slack by others: npm's "emulate". Reads its seed from the arguments, prints its address, stays.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, port, seed] = process.argv.slice(2);
const home = `${folder}/node_modules/emulate`;
const { exports } = JSON.parse(await readFile(`${home}/package.json`, "utf8"));
const entry = exports["."].import?.default ?? exports["."].import ?? exports["."].default;
const { createEmulator } = await import(pathToFileURL(`${home}/${entry}`));
const made = await createEmulator({ service: "slack", port: Number(port), seed: { slack: JSON.parse(seed) } });
console.log(JSON.stringify({ url: made.url }));
