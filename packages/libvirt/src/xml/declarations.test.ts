import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilities, domainCapabilities } from './capabilities.ts';
import { type Declaration, format, parse, type Value } from './declare.ts';
import { domain } from './domain.ts';
import { network } from './network.ts';
import * as samples from './samples.test-data.ts';
import { storagePool, storageVolume } from './storage.ts';

/** The declared properties that a value leaves out, as paths. */
function leftOut(declared: Declaration, values: readonly unknown[], path = declared.name): string[] {
  return Object.entries(declared.properties).flatMap(([key, property]) => {
    const found = values.flatMap((value) => (value as Record<string, unknown>)[key] ?? []);
    if (found.length === 0) return [`${path}.${key}`];
    return property.of ? leftOut(property.of, found, `${path}.${key}`) : [];
  });
}

function exercises<D extends Declaration>(declared: D, sample: Value<D>): void {
  test(`every declared property of <${declared.name}> is written and read back the same`, () => {
    assert.deepEqual(leftOut(declared, [sample]), []);
    assert.deepEqual(parse(declared, format(declared, sample as never)), sample);
  });
}

exercises(domain, samples.domain);
exercises(capabilities, samples.capabilities);
exercises(domainCapabilities, samples.domainCapabilities);
exercises(storagePool, samples.storagePool);
exercises(storageVolume, samples.storageVolume);
exercises(network, samples.network);
