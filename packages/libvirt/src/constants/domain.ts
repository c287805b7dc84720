// Names and numbers are those of libvirt's public headers (libvirt-*.h, virterror.h), 9.0. Domains: states and the flags of their calls.

// virDomainState
export const VIR_DOMAIN_NOSTATE = 0;
export const VIR_DOMAIN_RUNNING = 1;
export const VIR_DOMAIN_BLOCKED = 2;
export const VIR_DOMAIN_PAUSED = 3;
export const VIR_DOMAIN_SHUTDOWN = 4;
export const VIR_DOMAIN_SHUTOFF = 5;
export const VIR_DOMAIN_CRASHED = 6;
export const VIR_DOMAIN_PMSUSPENDED = 7;

// virDomainPausedReason
export const VIR_DOMAIN_PAUSED_UNKNOWN = 0;
export const VIR_DOMAIN_PAUSED_USER = 1;
export const VIR_DOMAIN_PAUSED_MIGRATION = 2;
export const VIR_DOMAIN_PAUSED_SAVE = 3;
export const VIR_DOMAIN_PAUSED_DUMP = 4;
export const VIR_DOMAIN_PAUSED_IOERROR = 5;
export const VIR_DOMAIN_PAUSED_WATCHDOG = 6;
export const VIR_DOMAIN_PAUSED_FROM_SNAPSHOT = 7;
export const VIR_DOMAIN_PAUSED_SHUTTING_DOWN = 8;
export const VIR_DOMAIN_PAUSED_SNAPSHOT = 9;
export const VIR_DOMAIN_PAUSED_CRASHED = 10;
export const VIR_DOMAIN_PAUSED_STARTING_UP = 11;
export const VIR_DOMAIN_PAUSED_POSTCOPY = 12;
export const VIR_DOMAIN_PAUSED_POSTCOPY_FAILED = 13;

// virDomainRunningReason
export const VIR_DOMAIN_RUNNING_UNKNOWN = 0;
export const VIR_DOMAIN_RUNNING_BOOTED = 1;
export const VIR_DOMAIN_RUNNING_MIGRATED = 2;
export const VIR_DOMAIN_RUNNING_RESTORED = 3;
export const VIR_DOMAIN_RUNNING_FROM_SNAPSHOT = 4;
export const VIR_DOMAIN_RUNNING_UNPAUSED = 5;
export const VIR_DOMAIN_RUNNING_MIGRATION_CANCELED = 6;
export const VIR_DOMAIN_RUNNING_SAVE_CANCELED = 7;
export const VIR_DOMAIN_RUNNING_WAKEUP = 8;
export const VIR_DOMAIN_RUNNING_CRASHED = 9;
export const VIR_DOMAIN_RUNNING_POSTCOPY = 10;
export const VIR_DOMAIN_RUNNING_POSTCOPY_FAILED = 11;

// virDomainShutoffReason
export const VIR_DOMAIN_SHUTOFF_UNKNOWN = 0;
export const VIR_DOMAIN_SHUTOFF_SHUTDOWN = 1;
export const VIR_DOMAIN_SHUTOFF_DESTROYED = 2;
export const VIR_DOMAIN_SHUTOFF_CRASHED = 3;
export const VIR_DOMAIN_SHUTOFF_MIGRATED = 4;
export const VIR_DOMAIN_SHUTOFF_SAVED = 5;
export const VIR_DOMAIN_SHUTOFF_FAILED = 6;
export const VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT = 7;
export const VIR_DOMAIN_SHUTOFF_DAEMON = 8;

// virDomainCrashedReason
export const VIR_DOMAIN_CRASHED_UNKNOWN = 0;
export const VIR_DOMAIN_CRASHED_PANICKED = 1;

// virDomainModificationImpact
export const VIR_DOMAIN_AFFECT_CURRENT = 0;
export const VIR_DOMAIN_AFFECT_LIVE = 1;
export const VIR_DOMAIN_AFFECT_CONFIG = 2;

// virDomainCreateFlags
export const VIR_DOMAIN_NONE = 0;
export const VIR_DOMAIN_START_PAUSED = 1;
export const VIR_DOMAIN_START_AUTODESTROY = 2;
export const VIR_DOMAIN_START_BYPASS_CACHE = 4;
export const VIR_DOMAIN_START_FORCE_BOOT = 8;
export const VIR_DOMAIN_START_VALIDATE = 16;
export const VIR_DOMAIN_START_RESET_NVRAM = 32;

// virDomainDefineFlags
export const VIR_DOMAIN_DEFINE_VALIDATE = 1;

// virDomainUndefineFlagsValues
export const VIR_DOMAIN_UNDEFINE_MANAGED_SAVE = 1;
export const VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA = 2;
export const VIR_DOMAIN_UNDEFINE_NVRAM = 4;
export const VIR_DOMAIN_UNDEFINE_KEEP_NVRAM = 8;
export const VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA = 16;
export const VIR_DOMAIN_UNDEFINE_TPM = 32;
export const VIR_DOMAIN_UNDEFINE_KEEP_TPM = 64;

// virDomainDestroyFlagsValues
export const VIR_DOMAIN_DESTROY_DEFAULT = 0;
export const VIR_DOMAIN_DESTROY_GRACEFUL = 1;
export const VIR_DOMAIN_DESTROY_REMOVE_LOGS = 2;

// virDomainShutdownFlagValues
export const VIR_DOMAIN_SHUTDOWN_DEFAULT = 0;
export const VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN = 1;
export const VIR_DOMAIN_SHUTDOWN_GUEST_AGENT = 2;
export const VIR_DOMAIN_SHUTDOWN_INITCTL = 4;
export const VIR_DOMAIN_SHUTDOWN_SIGNAL = 8;
export const VIR_DOMAIN_SHUTDOWN_PARAVIRT = 16;

// virDomainRebootFlagValues
export const VIR_DOMAIN_REBOOT_DEFAULT = 0;
export const VIR_DOMAIN_REBOOT_ACPI_POWER_BTN = 1;
export const VIR_DOMAIN_REBOOT_GUEST_AGENT = 2;
export const VIR_DOMAIN_REBOOT_INITCTL = 4;
export const VIR_DOMAIN_REBOOT_SIGNAL = 8;
export const VIR_DOMAIN_REBOOT_PARAVIRT = 16;

// virDomainXMLFlags
export const VIR_DOMAIN_XML_SECURE = 1;
export const VIR_DOMAIN_XML_INACTIVE = 2;
export const VIR_DOMAIN_XML_UPDATE_CPU = 4;
export const VIR_DOMAIN_XML_MIGRATABLE = 8;

// virConnectListAllDomainsFlags
export const VIR_CONNECT_LIST_DOMAINS_ACTIVE = 1;
export const VIR_CONNECT_LIST_DOMAINS_INACTIVE = 2;
export const VIR_CONNECT_LIST_DOMAINS_PERSISTENT = 4;
export const VIR_CONNECT_LIST_DOMAINS_TRANSIENT = 8;
export const VIR_CONNECT_LIST_DOMAINS_RUNNING = 16;
export const VIR_CONNECT_LIST_DOMAINS_PAUSED = 32;
export const VIR_CONNECT_LIST_DOMAINS_SHUTOFF = 64;
export const VIR_CONNECT_LIST_DOMAINS_OTHER = 128;
export const VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE = 256;
export const VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE = 512;
export const VIR_CONNECT_LIST_DOMAINS_AUTOSTART = 1024;
export const VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART = 2048;
export const VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT = 4096;
export const VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT = 8192;
export const VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT = 16384;
export const VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT = 32768;

// virDomainMetadataType
export const VIR_DOMAIN_METADATA_DESCRIPTION = 0;
export const VIR_DOMAIN_METADATA_TITLE = 1;
export const VIR_DOMAIN_METADATA_ELEMENT = 2;

// virDomainDeviceModifyFlags
export const VIR_DOMAIN_DEVICE_MODIFY_CURRENT = 0;
export const VIR_DOMAIN_DEVICE_MODIFY_LIVE = 1;
export const VIR_DOMAIN_DEVICE_MODIFY_CONFIG = 2;
export const VIR_DOMAIN_DEVICE_MODIFY_FORCE = 4;

// virDomainVcpuFlags
export const VIR_DOMAIN_VCPU_CURRENT = 0;
export const VIR_DOMAIN_VCPU_LIVE = 1;
export const VIR_DOMAIN_VCPU_CONFIG = 2;
export const VIR_DOMAIN_VCPU_MAXIMUM = 4;
export const VIR_DOMAIN_VCPU_GUEST = 8;
export const VIR_DOMAIN_VCPU_HOTPLUGGABLE = 16;

// virDomainMemoryModFlags
export const VIR_DOMAIN_MEM_CURRENT = 0;
export const VIR_DOMAIN_MEM_LIVE = 1;
export const VIR_DOMAIN_MEM_CONFIG = 2;
export const VIR_DOMAIN_MEM_MAXIMUM = 4;

// virDomainConsoleFlags
export const VIR_DOMAIN_CONSOLE_FORCE = 1;
export const VIR_DOMAIN_CONSOLE_SAFE = 2;

// virDomainChannelFlags
export const VIR_DOMAIN_CHANNEL_FORCE = 1;

// virDomainSetUserPasswordFlags
export const VIR_DOMAIN_PASSWORD_ENCRYPTED = 1;

// virDomainInterfaceAddressesSource
export const VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE = 0;
export const VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT = 1;
export const VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP = 2;

// virDomainGuestInfoTypes
export const VIR_DOMAIN_GUEST_INFO_USERS = 1;
export const VIR_DOMAIN_GUEST_INFO_OS = 2;
export const VIR_DOMAIN_GUEST_INFO_TIMEZONE = 4;
export const VIR_DOMAIN_GUEST_INFO_HOSTNAME = 8;
export const VIR_DOMAIN_GUEST_INFO_FILESYSTEM = 16;
export const VIR_DOMAIN_GUEST_INFO_DISKS = 32;
export const VIR_DOMAIN_GUEST_INFO_INTERFACES = 64;

// virDomainControlState
export const VIR_DOMAIN_CONTROL_OK = 0;
export const VIR_DOMAIN_CONTROL_JOB = 1;
export const VIR_DOMAIN_CONTROL_OCCUPIED = 2;
export const VIR_DOMAIN_CONTROL_ERROR = 3;
