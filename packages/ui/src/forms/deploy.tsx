import { ActionGroup, Alert, Button, ExpandableSection, Form, Spinner } from '@patternfly/react-core';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { fieldOf, textOf } from '../api/error.ts';
import { queries } from '../api/hooks.ts';
import { runJob } from '../api/jobs.ts';
import { navigate } from '../location.ts';
import { texts } from '../texts.ts';
import { ApiCall } from './api-call.tsx';
import { type Deployment, emptyDeployment, keyNameOf, paramsOf, pasteKey } from './deployment.ts';
import { ChoiceField, LongTextField, TextField } from './field.tsx';
import { type Choices, useChoices, withDefaults } from './use-choices.ts';

const deploy = async (d: Deployment): Promise<void> => {
  if (d.keypair === pasteKey) {
    await call('registerSSHKeyPair', { name: keyNameOf(d), publickey: d.newKey.trim() });
    await queries.invalidateQueries({ queryKey: ['listSSHKeyPairs'] });
  }
  const { id } = await runJob('deployVirtualMachine', paramsOf(d), { what: `${texts.deploy.submit} ${d.name || ''}`.trim() });
  navigate(id ? `/instances/${id}` : '/instances');
};

type Change = (changes: Partial<Deployment>) => void;
type Parts = { readonly form: Deployment; readonly change: Change; readonly errorOf: (field: string) => string | undefined };

const Machine = ({ form, change, errorOf, choices }: Parts & { choices: Choices }) => {
  const choice = (
    field: 'zoneid' | 'templateid' | 'serviceofferingid' | 'networkids',
    label: string,
    all: Choices['zones'],
    none?: string,
  ) => (
    <ChoiceField
      id={`deploy-${field}`}
      label={label}
      required
      value={form[field]}
      change={(value) => change({ [field]: value })}
      choices={all}
      hint={all.length === 0 ? none : undefined}
      error={errorOf(field)}
    />
  );
  const { deploy: t } = texts;
  return (
    <>
      <TextField id="deploy-name" label={t.name} value={form.name} change={(name) => change({ name })} error={errorOf('name')} />
      {choices.zones.length !== 1 && choice('zoneid', t.zone, choices.zones, t.missing.zone)}
      {choice('templateid', t.template, choices.templates, t.missing.template)}
      {choice('serviceofferingid', t.offering, choices.offerings, t.missing.offering)}
      {choice('networkids', t.network, choices.networks, t.missing.network)}
    </>
  );
};

const Access = ({ form, change, errorOf, choices }: Parts & { choices: Choices }) => {
  const { deploy: t } = texts;
  return (
    <>
      <ChoiceField
        id="deploy-keypair"
        label={t.keypair}
        value={form.keypair}
        change={(keypair) => change({ keypair })}
        choices={choices.keys}
        error={errorOf('keypair')}
      />
      {form.keypair === pasteKey && (
        <>
          <LongTextField
            id="deploy-publickey"
            label={t.publicKey}
            hint={t.publicKeyHint}
            required
            rows={3}
            value={form.newKey}
            change={(newKey) => change({ newKey })}
            error={errorOf('publickey')}
          />
          <TextField
            id="deploy-keyname"
            label={t.keyName}
            hint={keyNameOf(form)}
            value={form.newKeyName}
            change={(newKeyName) => change({ newKeyName })}
          />
        </>
      )}
      <ExpandableSection toggleText={t.more}>
        <LongTextField
          id="deploy-userdata"
          label={t.userData}
          hint={t.userDataHint}
          rows={6}
          value={form.userdata}
          change={(userdata) => change({ userdata })}
          error={errorOf('userdata')}
        />
      </ExpandableSection>
    </>
  );
};

const fields = ['name', 'zoneid', 'templateid', 'serviceofferingid', 'networkids', 'keypair', 'publickey', 'userdata'];

/** Deploys an instance: one page, the first of everything unless chosen; what was typed stays after a refusal. */
export const DeployForm = () => {
  const [typed, setTyped] = useState<Deployment>({ ...emptyDeployment, name: `vm-${crypto.randomUUID().slice(0, 4)}` });
  const [keyTouched, setKeyTouched] = useState(false);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const choices = useChoices(typed.zoneid);
  const form = withDefaults(typed, choices, keyTouched);
  const change: Change = (changes) => {
    if ('keypair' in changes) setKeyTouched(true);
    setTyped({ ...typed, ...changes });
  };
  const submit = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    await deploy(form).catch(setError);
    setBusy(false);
  };
  const faulty = fieldOf(error, fields);
  const parts = { form, change, choices, errorOf: (field: string) => (field === faulty ? textOf(error) : undefined) };
  if (choices.loading) return <Spinner aria-label={texts.loading} />;
  const ready = form.templateid && form.serviceofferingid && form.zoneid;
  return (
    <Form isWidthLimited onSubmit={(event) => void submit(event)}>
      {error !== undefined && !faulty && (
        <Alert isInline isLiveRegion variant="danger" title={texts.deploy.failed}>
          {textOf(error)}
        </Alert>
      )}
      <Machine {...parts} />
      <Access {...parts} />
      <ActionGroup>
        <Button type="submit" isLoading={busy} isDisabled={busy || !ready}>
          {texts.deploy.submit}
        </Button>
        <Button variant="link" onClick={() => navigate('/instances')}>
          {texts.cancel}
        </Button>
      </ActionGroup>
      <ApiCall command="deployVirtualMachine" params={paramsOf(form)} />
    </Form>
  );
};
