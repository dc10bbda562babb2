/** The description as a page for people, without a script: it stands under the strict policy of the web interface. Pure. */
import { PROBLEMS } from '../errors.ts';

export interface DescribedOperation {
  readonly description?: string | undefined;
  readonly parameters?: readonly unknown[] | undefined;
  readonly requestBody?: unknown;
  readonly responses?: Readonly<Record<string, unknown>> | undefined;
}

/** By path, then by method. */
export type DescribedPaths = Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;

export const DOCS_STYLE = `body { font-family: sans-serif; line-height: 1.5; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #151515; background: #fff; }
h2 { font-size: 1.1rem; overflow-wrap: anywhere; }
pre { background: #f2f2f2; overflow-x: auto; padding: 0.5rem; }
table { border-collapse: collapse; }
td, th { border-bottom: 1px solid #c7c7c7; padding: 0.25rem 0.75rem 0.25rem 0; text-align: left; vertical-align: top; }
`;

export function docsPage(title: string, paths: DescribedPaths): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(`${method.toUpperCase()} ${path}`, operation)),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}: interface</title>
<link rel="stylesheet" href="/api/docs.css">
</head>
<body>
<main>
<h1>${escaped(title)}: interface</h1>
<p>The same as <a href="/api/openapi.json">OpenAPI 3.1</a>.</p>
${operations.join('\n')}
<h2 id="codes">Codes of refusals</h2>
<table>
<thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${Object.entries(PROBLEMS)
  .map(
    ([code, [status, meaning]]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escaped(meaning)}</td></tr>`,
  )
  .join('\n')}
</tbody>
</table>
</main>
</body>
</html>
`;
}

function section(heading: string, { description, parameters, requestBody, responses }: DescribedOperation): string {
  return `<section>
<h2>${escaped(heading)}</h2>
<p>${escaped(description ?? '')}</p>
${details('Parameters', parameters)}${details('Request', requestBody)}${details('Answers', responses)}
</section>`;
}

function details(summary: string, value: unknown): string {
  if (value === undefined) return '';
  return `<details><summary>${summary}</summary><pre tabindex="0">${escaped(JSON.stringify(value, null, 2))}</pre></details>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
