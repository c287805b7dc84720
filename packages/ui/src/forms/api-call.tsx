import { ClipboardCopy, ClipboardCopyVariant, ExpandableSection } from '@patternfly/react-core';
import { texts } from '../texts.ts';
import { cmk, http } from './command-line.ts';

const Text = ({ title, text }: { title: string; text: string }) => (
  <>
    <p>{title}</p>
    <ClipboardCopy
      isCode
      isReadOnly
      isExpanded
      variant={ClipboardCopyVariant.expansion}
      hoverTip={texts.copy}
      clickTip={texts.copied}
      textAriaLabel={title}
      toggleAriaLabel={title}
    >
      {text}
    </ClipboardCopy>
  </>
);

/** What a form would send, as one would type it. */
export const ApiCall = ({ command, params }: { command: string; params: object }) => (
  <ExpandableSection toggleText={texts.deploy.call}>
    <Text title={texts.deploy.cmk} text={cmk(command, params)} />
    <Text title={texts.deploy.http} text={http(command, params)} />
  </ExpandableSection>
);
