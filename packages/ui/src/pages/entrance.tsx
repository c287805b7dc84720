import { Title } from '@patternfly/react-core';
import { session } from '../api/session.ts';
import { SomebodyElse, useEntrance } from '../forms/entrance.tsx';
import { base } from '../location.ts';
import { texts } from '../texts.ts';
import { useStore } from '../use-store.ts';

/** Everything that is asked for before the first page: name and password, the second factor, a new password. */
export const EntrancePage = () => {
  const { title, form } = useEntrance();
  const begun = useStore(session) !== null;
  return (
    <main className="vs-login">
      <div className="vs-card">
        <div className="vs-brand">
          <img src={`${base}/assets/icon.svg`} alt="" width="32" height="32" />
          {texts.product}
        </div>
        <Title headingLevel="h1" size="xl" className="vs-title">
          {title}
        </Title>
        {form}
        {begun && <SomebodyElse />}
      </div>
    </main>
  );
};
