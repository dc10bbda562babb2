/** `/api/openapi.json` for programs, `/api/docs` for people. Both say nothing that the program's source does not. */
import type { App } from '../routes/parts.ts';
import { type DescribedPaths, DOCS_STYLE, docsPage } from './docs-page.ts';

const open = { config: { access: 'anyone' }, schema: { hide: true } } as const;

export function docsRoutes(app: App): void {
  app.get('/api/openapi.json', open, (_request, reply) => {
    void reply.type('application/json').send(app.swagger());
  });
  app.get('/api/docs', open, (_request, reply) => {
    const { info, paths } = app.swagger();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- describe-routes.ts makes it from methods only
    void reply.type('text/html; charset=utf-8').send(docsPage(info.title, (paths ?? {}) as DescribedPaths));
  });
  app.get('/api/docs.css', open, (_request, reply) => {
    void reply.type('text/css').send(DOCS_STYLE);
  });
}
