import {
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextArea,
  TextInput,
} from '@patternfly/react-core';

type Common = {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly hint?: string | undefined;
  /** The server's words about this field. */
  readonly error?: string | undefined;
  readonly required?: boolean;
};

const Framed = ({
  id,
  label,
  hint,
  error,
  required,
  children,
}: Omit<Common, 'value' | 'change'> & { children: React.ReactNode }) => (
  <FormGroup label={label} fieldId={id} isRequired={required ?? false}>
    {children}
    {(error ?? hint) && (
      <FormHelperText>
        <HelperText id={`${id}-hint`} {...(error ? { isLiveRegion: true } : {})}>
          <HelperTextItem variant={error ? 'error' : 'default'}>{error ?? hint}</HelperTextItem>
        </HelperText>
      </FormHelperText>
    )}
  </FormGroup>
);

const described = ({ id, hint, error, required }: Common) => ({
  id,
  isRequired: required ?? false,
  validated: error ? ('error' as const) : ('default' as const),
  ...(error || hint ? { 'aria-describedby': `${id}-hint` } : {}),
});

export const TextField = (field: Common) => (
  <Framed {...field}>
    <TextInput {...described(field)} value={field.value} onChange={(_event, value) => field.change(value)} />
  </Framed>
);

export const PasswordField = ({ autoComplete, ...field }: Common & { readonly autoComplete: string }) => (
  <Framed {...field}>
    <TextInput
      {...described(field)}
      type="password"
      autoComplete={autoComplete}
      value={field.value}
      onChange={(_event, value) => field.change(value)}
    />
  </Framed>
);

export const LongTextField = ({ rows = 4, ...field }: Common & { readonly rows?: number }) => (
  <Framed {...field}>
    <TextArea
      {...described(field)}
      className="vs-mono"
      rows={rows}
      spellCheck={false}
      resizeOrientation="vertical"
      value={field.value}
      onChange={(_event, value) => field.change(value)}
    />
  </Framed>
);

export type Choice = { readonly value: string; readonly text: string };
export const ChoiceField = ({ choices, ...field }: Common & { readonly choices: readonly Choice[] }) => (
  <Framed {...field}>
    <FormSelect
      {...described(field)}
      isDisabled={choices.length === 0}
      value={field.value}
      onChange={(_event, value) => field.change(value)}
    >
      {choices.map(({ value, text }) => (
        <FormSelectOption key={value} value={value} label={text} />
      ))}
    </FormSelect>
  </Framed>
);
