/** A link that looks like a button, because it leads to where something is done. */
import type { ReactNode } from 'react';
import { Link } from 'react-router';

interface LinkButtonProps {
  readonly to: string;
  readonly variant?: 'primary' | 'secondary' | 'link';
  /** Inside a text or a table. */
  readonly isInline?: boolean;
  readonly icon?: ReactNode;
  /** Where several links on a page have the same text. */
  readonly 'aria-label'?: string;
  readonly children: ReactNode;
}

export function LinkButton({ to, variant = 'primary', isInline = false, icon, children, ...aria }: LinkButtonProps) {
  return (
    <Link to={to} className={`pf-v6-c-button pf-m-${variant}${isInline ? ' pf-m-inline' : ''}`} {...aria}>
      {icon !== undefined && <span className="pf-v6-c-button__icon pf-m-start">{icon}</span>}
      <span className="pf-v6-c-button__text">{children}</span>
    </Link>
  );
}
