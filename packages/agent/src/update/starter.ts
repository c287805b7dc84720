/** How often, and for how long each time, a new program may try to reach the server. Both are told in the words of a failure. */
export const trial = { starts: 4, seconds: 120 } as const;

/**
 * Starts the agent that lies beside it, with its own arguments. A new one is on trial until the server has welcomed it (it then removes `agent.trial`): when
 * it was started some times in vain, because it ends, hangs, or is not wanted, the one before it has its place again. It does not depend on the new
 * program, and whatever it is cut off in, one of both is in place.
 */
export const starter = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
agent="./node --max-semi-space-size=1 $PWD/agent.mjs"
[ -e agent.trial ] || exec $agent "$@"
starts=$(cat agent.trial)
if [ "\${starts:-0}" -ge ${trial.starts} ] && [ -e agent.previous.mjs ]; then
  ln -f agent.mjs agent.failed.mjs
  mv -f agent.previous.mjs agent.mjs
  rm -f agent.trial
  sync -f .
  exec $agent "$@"
fi
echo $((starts + 1)) >agent.trial.part && mv -f agent.trial.part agent.trial
exec timeout --kill-after=15 ${trial.seconds} $agent "$@"
`;
