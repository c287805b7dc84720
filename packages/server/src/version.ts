import packageFile from '../package.json' with { type: 'json' };

export const version: string = packageFile.version;
/** The version of CloudStack's API that clients are told. */
export const cloudStackVersion = '4.23.0.0';
