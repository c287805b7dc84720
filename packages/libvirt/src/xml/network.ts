import { oneOf, text } from './codec.ts';
import { attribute, child, element, required, textChild, type Value } from './declare.ts';

/** libvirt's `<network>`, the basics: https://libvirt.org/formatnetwork.html */
export const network = element('network', {
  name: required(textChild(text)),
  uuid: textChild(text),
  forward: child(element('forward', { mode: attribute(text) })),
  bridge: child(element('bridge', { name: required(attribute(text)), stp: attribute(oneOf('on', 'off')) })),
});
export type Network = Value<typeof network>;
