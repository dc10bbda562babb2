import { GATEWAY_BUS } from '@edgegateway/protocol/gateway-bus';

/** What busctl(1) and other tools show (D-Bus specification, "Introspection Data Format"). */
export const INTROSPECTION_XML = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
<node>
  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect"><arg name="xml" type="s" direction="out"/></method>
  </interface>
  <interface name="${GATEWAY_BUS.interface}">
    <method name="GetStatus"><arg name="status" type="s" direction="out"/></method>
    <method name="EndSession">
      <arg name="sessionId" type="s" direction="in"/>
      <arg name="by" type="s" direction="in"/>
    </method>
    <method name="Approve">
      <arg name="sessionId" type="s" direction="in"/>
      <arg name="clientPublicKey" type="s" direction="in"/>
      <arg name="by" type="s" direction="in"/>
    </method>
    <method name="Refuse">
      <arg name="sessionId" type="s" direction="in"/>
      <arg name="clientPublicKey" type="s" direction="in"/>
      <arg name="by" type="s" direction="in"/>
      <arg name="words" type="s" direction="in"/>
    </method>
    <signal name="StatusChanged"><arg name="status" type="s"/></signal>
  </interface>
</node>
`;
