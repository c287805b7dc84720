// Names and numbers are those of libvirt's public headers (libvirt-*.h, virterror.h), 9.0. Networks.

// virConnectListAllNetworksFlags
export const VIR_CONNECT_LIST_NETWORKS_INACTIVE = 1;
export const VIR_CONNECT_LIST_NETWORKS_ACTIVE = 2;
export const VIR_CONNECT_LIST_NETWORKS_PERSISTENT = 4;
export const VIR_CONNECT_LIST_NETWORKS_TRANSIENT = 8;
export const VIR_CONNECT_LIST_NETWORKS_AUTOSTART = 16;
export const VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART = 32;

// virNetworkXMLFlags
export const VIR_NETWORK_XML_INACTIVE = 1;

// virNetworkUpdateCommand
export const VIR_NETWORK_UPDATE_COMMAND_NONE = 0;
export const VIR_NETWORK_UPDATE_COMMAND_MODIFY = 1;
export const VIR_NETWORK_UPDATE_COMMAND_DELETE = 2;
export const VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST = 4;

// virNetworkUpdateSection
export const VIR_NETWORK_SECTION_NONE = 0;
export const VIR_NETWORK_SECTION_BRIDGE = 1;
export const VIR_NETWORK_SECTION_DOMAIN = 2;
export const VIR_NETWORK_SECTION_IP = 3;
export const VIR_NETWORK_SECTION_IP_DHCP_HOST = 4;
export const VIR_NETWORK_SECTION_IP_DHCP_RANGE = 5;
export const VIR_NETWORK_SECTION_FORWARD = 6;
export const VIR_NETWORK_SECTION_FORWARD_INTERFACE = 7;
export const VIR_NETWORK_SECTION_FORWARD_PF = 8;
export const VIR_NETWORK_SECTION_PORTGROUP = 9;
export const VIR_NETWORK_SECTION_DNS_HOST = 10;
export const VIR_NETWORK_SECTION_DNS_TXT = 11;
export const VIR_NETWORK_SECTION_DNS_SRV = 12;

// virNetworkUpdateFlags
export const VIR_NETWORK_UPDATE_AFFECT_CURRENT = 0;
export const VIR_NETWORK_UPDATE_AFFECT_LIVE = 1;
export const VIR_NETWORK_UPDATE_AFFECT_CONFIG = 2;

// virNetworkEventLifecycleType
export const VIR_NETWORK_EVENT_DEFINED = 0;
export const VIR_NETWORK_EVENT_UNDEFINED = 1;
export const VIR_NETWORK_EVENT_STARTED = 2;
export const VIR_NETWORK_EVENT_STOPPED = 3;

// virNetworkEventID
export const VIR_NETWORK_EVENT_ID_LIFECYCLE = 0;

// virIPAddrType
export const VIR_IP_ADDR_TYPE_IPV4 = 0;
export const VIR_IP_ADDR_TYPE_IPV6 = 1;
