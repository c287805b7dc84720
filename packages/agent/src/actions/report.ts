import { agentMethods } from '@virtstack/protocol';
import { action } from './action.ts';

export const report = action(agentMethods.report, (host) => host.report());
