import { resolve } from 'node:path';

export const defaultDataDir = '/var/lib/virtstack';

/** Where things of one installation are. Who may read what: docs/operations/files.md. */
export const paths = (dataDir: string) => {
  const at = (name: string): string => `${dataDir}/${name}`;
  return {
    data: dataDir,
    /** What `up` was told, so that it need not be told again. */
    options: at('options.json'),
    /** For people and programs: URL, password and keys of the first administrator. */
    admin: at('admin.json'),
    /** Written once the zone stands. */
    ready: at('ready.json'),
    database: at('database'),
    run: at('run'),
    pid: at('run/virtstack.pid'),
    socketDir: at('run/postgres'),
    /** Where the checkout is mounted for processes that could not reach it otherwise. */
    app: at('run/app'),
    log: at('log'),
    server: at('server'),
    /** What clients are given to trust. */
    certificateAuthority: at('ca.pem'),
    agent: at('agent'),
    imageStore: at('image-store'),
    /** The image store itself. */
    images: at('images'),
    /** The local primary storage. */
    primary: at('primary'),
  };
};
export type Paths = ReturnType<typeof paths>;

export const pathsOf = (options: { data?: string | undefined }): Paths => paths(resolve(options.data ?? defaultDataDir));

/** The lab of a cloud that `up --lab` makes. */
export const labDirectory = ({ data }: Pick<Paths, 'data'>): string => `${data}-lab`;
