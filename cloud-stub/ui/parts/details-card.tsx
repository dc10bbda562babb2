import {
  Card,
  CardBody,
  CardTitle,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core';
import type { ReactNode } from 'react';

interface DetailsCardProps {
  readonly title: string;
  readonly details: readonly { readonly term: string; readonly value: ReactNode }[];
}

export function DetailsCard({ title, details }: DetailsCardProps) {
  return (
    <Card>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>
        <DescriptionList columnModifier={{ default: '1Col', md: '2Col', xl: '3Col' }}>
          {details.map(({ term, value }) => (
            <DescriptionListGroup key={term}>
              <DescriptionListTerm>{term}</DescriptionListTerm>
              <DescriptionListDescription>{value}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
      </CardBody>
    </Card>
  );
}
