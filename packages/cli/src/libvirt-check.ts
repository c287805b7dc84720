import type { Profile } from '@virtstack/hypervisor/profile.ts';
import { versionProblems } from '@virtstack/hypervisor/versions.ts';
import { connect } from '@virtstack/libvirt';
import { UserError } from '@virtstack/shell/user-error.ts';

/** @throws {UserError} libvirt does not serve this hypervisor, or something is too old. */
export async function checkLibvirt(profile: Profile): Promise<void> {
  let connection: Awaited<ReturnType<typeof connect>>;
  try {
    connection = await connect({ uri: profile.uri, timeoutMs: 30_000 });
  } catch (error) {
    throw new UserError(`libvirt refuses ${profile.uri}: ${(error as Error).message}`);
  }
  try {
    const [libvirt, hypervisor] = await Promise.all([connection.node.libVersion(), connection.node.version()]).catch(
      (error: Error) => {
        throw new UserError(
          `libvirt does not serve ${profile.uri}: ${error.message}. Its own words: journalctl -u libvirtd, or log/libvirtd.log`,
        );
      },
    );
    const problems = versionProblems(profile, { libvirt, hypervisor });
    if (problems.length) throw new UserError(`${problems.join(' ')} Debian 12 and Ubuntu 24.04 are new enough.`);
  } finally {
    await connection.close();
  }
}
