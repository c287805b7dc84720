import { ActionGroup, Button, ExpandableSection, Form, Spinner } from '@patternfly/react-core';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { fieldOf, textOf } from '../api/error.ts';
import { queries } from '../api/hooks.ts';
import { runJob } from '../api/jobs.ts';
import { limitsOf } from '../limits/limits.ts';
import { LimitsPanel } from '../limits/limits-panel.tsx';
import { useFigures } from '../limits/use-figures.ts';
import { navigate } from '../location.ts';
import { ownerIn, useProject } from '../project.ts';
import { texts } from '../texts.ts';
import { ApiCall } from './api-call.tsx';
import { type Deployment, emptyDeployment, keyNameOf, paramsOf, pasteKey } from './deployment.ts';
import { ChoiceField, LongTextField, TextField } from './field.tsx';
import { Refusal } from './refusal.tsx';
import { type Choices, useChoices, withDefaults } from './use-choices.ts';
import { useSubmit } from './use-submit.ts';

type Owner = ReturnType<typeof ownerIn>;
const deploy = async (d: Deployment, owner: Owner): Promise<void> => {
  if (d.keypair === pasteKey) {
    await call('registerSSHKeyPair', { name: keyNameOf(d), publickey: d.newKey.trim(), ...owner });
    await queries.invalidateQueries({ queryKey: ['listSSHKeyPairs'] });
  }
  const { id } = await runJob('deployVirtualMachine', paramsOf(d, owner), {
    what: `${texts.deploy.submit} ${d.name || ''}`.trim(),
  });
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
  const project = useProject();
  const [typed, setTyped] = useState<Deployment>({ ...emptyDeployment, name: `vm-${crypto.randomUUID().slice(0, 4)}` });
  const [keyTouched, setKeyTouched] = useState(false);
  const choices = useChoices(typed.zoneid, project);
  const figures = useFigures();
  const form = withDefaults(typed, choices, keyTouched);
  const { busy, error, submit } = useSubmit(() => deploy(form, ownerIn(project)));
  const change: Change = (changes) => {
    if ('keypair' in changes) setKeyTouched(true);
    setTyped({ ...typed, ...changes });
  };
  const faulty = fieldOf(error, fields);
  const parts = { form, change, choices, errorOf: (field: string) => (field === faulty ? textOf(error) : undefined) };
  if (choices.loading) return <Spinner aria-label={texts.loading} />;
  const ready = form.templateid && form.serviceofferingid && form.zoneid;
  const limits = figures ? limitsOf(figures, choices.takenBy(form)) : [];
  return (
    <div className="vs-deploy">
      <Form onSubmit={submit}>
        {error !== undefined && !faulty && <Refusal title={texts.deploy.failed} error={error} />}
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
        <ApiCall command="deployVirtualMachine" params={paramsOf(form, ownerIn(project))} />
      </Form>
      {limits.length > 0 && <LimitsPanel whose={figures?.name ?? ''} limits={limits} />}
    </div>
  );
};
