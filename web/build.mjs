// Bundles the page into dist/: app.js, app.css, favicon.svg and the template index.html. `--watch` does it at each change.
import { build, context } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));

const options = {
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: "dist",
  bundle: true,
  format: "iife", // a page of file:// cannot load modules
  target: "es2020",
  minify: true,
  charset: "ascii", // the files mean the same whatever encoding a server claims
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
};

mkdirSync(`${here}dist`, { recursive: true });
for (const name of ["favicon.svg", "index.html"]) {
  copyFileSync(`${here}src/${name}`, `${here}dist/${name}`);
}

if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
  for (const name of ["app.js", "app.css"]) {
    const bytes = readFileSync(`${here}dist/${name}`);
    console.log(`dist/${name}  ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`);
  }
}
