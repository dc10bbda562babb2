import { expect, test } from 'vitest';
import type { Device } from '../../api/contract/devices.ts';
import { deviceOfDraft, draftOf, NO_DEVICE, wrongFields } from './device-draft.ts';

const DEVICE: Device = {
  id: '00000000-0000-4000-8000-000000000001',
  gateway: 'essen',
  name: 'Press controller',
  kind: 'controller',
  address: '192.168.250.10',
  services: [{ name: 'Modbus', protocol: 'tcp', port: 502 }],
  notes: 'Cabinet 4',
  link: 'https://assets.example/4711',
  mappedAddress: '100.112.0.1',
};

test('C8: a device goes through the form unchanged', () => {
  const { id: _id, gateway: _gateway, mappedAddress: _mapped, ...rest } = DEVICE;
  expect(wrongFields(draftOf(DEVICE))).toEqual({ name: false, address: false, services: false, link: false });
  expect(deviceOfDraft(draftOf(DEVICE))).toEqual({ ...rest, isMapped: true });
});

test('an empty form lacks a name and an address, and nothing else', () => {
  expect(wrongFields(NO_DEVICE)).toEqual({ name: true, address: true, services: false, link: false });
});

test.each(['javascript:alert(1)', 'assets.example', 'ftp://assets.example/'])('%s is not a link', (link) => {
  expect(wrongFields({ ...draftOf(DEVICE), link }).link).toBe(true);
});

test.each(['', '0', '65536', '80a'])('"%s" is not the port of a service', (port) => {
  const services = [{ key: 0, name: 'Web page', protocol: 'tcp', port }] as const;
  expect(wrongFields({ ...draftOf(DEVICE), services }).services).toBe(true);
});
