import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app.tsx';
import { LoginProvider } from './cloud/login-context.tsx';
import { startLanguage } from './language/language.ts';

export async function startPage(): Promise<void> {
  await startLanguage();
  const place = document.getElementById('page');
  if (place === null) throw new Error('index.html has no place for the page');
  createRoot(place).render(
    <StrictMode>
      <BrowserRouter>
        <LoginProvider>
          <App />
        </LoginProvider>
      </BrowserRouter>
    </StrictMode>,
  );
}
