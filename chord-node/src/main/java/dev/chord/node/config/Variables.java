package dev.chord.node.config;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Which variables of an environment are settings, which are not ours to read, and which are mistakes. */
final class Variables {
    private static final String PREFIX = "CHORD_";

    /** What the launcher and the global options read; no settings of a node. */
    static final Set<String> LAUNCHER = Set.of(
            "CHORD_LOG",
            "CHORD_HEAP",
            "CHORD_JAVA_OPTS",
            "CHORD_NO_ARCHIVE",
            "CHORD_NODE",
            "CHORD_CONFIG",
            "CHORD_ENV_FILE",
            "CHORD_DATA_DIR",
            "CHORD_FORMAT",
            "CHORD_TIMEOUT");

    // Kubernetes tells every container of each service in its namespace; one named chord, chord-node or
    // grpc-server yields names that look like ours.
    private static final Pattern SERVICE = Pattern.compile(
            "[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");
    private static final Pattern SERVICE_ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*", Pattern.CASE_INSENSITIVE);

    private static final Map<String, ConfigKey> PORTS =
            Map.of("GRPC_SERVER_PORT", ConfigKey.GRPC_BIND, "REST_SERVER_PORT", ConfigKey.HTTP_BIND);

    private Variables() {}

    /** Whether a variable looks like one of this program's. */
    static boolean ours(String name) {
        return name.startsWith(PREFIX) || PORTS.containsKey(name);
    }

    /**
     * Lays the settings among some variables over a configuration.
     *
     * @param file where they stand; empty: the environment itself
     */
    static NodeConfig lay(NodeConfig config, Map<String, String> variables, String file) {
        NodeConfig result = config;
        for (ConfigKey key : ConfigKey.values()) {
            String value = variables.get(key.environmentName());
            if (value != null) {
                result = result.with(key, value, file.isEmpty() ? key.environmentName() : file);
            }
        }
        return remarks(ports(result, variables, file), variables, file);
    }

    /**
     * The same for a file that nobody has named: what opens the node or leads elsewhere is not taken, and
     * that is said.
     */
    static NodeConfig layUntrusted(NodeConfig config, Map<String, String> variables, String file) {
        Map<String, String> taken = new TreeMap<>(variables);
        NodeConfig result = config;
        for (ConfigKey key : ConfigKey.values()) {
            if (key.guarded() && taken.remove(key.environmentName()) != null) {
                result = result.remarking(key.environmentName() + " in " + file
                        + " is not taken: no file that merely lies there may set it; name the file with --env-file");
            }
        }
        return lay(result, taken, file);
    }

    // The port, never the address. What Kubernetes puts there for a service of that name is an address of
    // another one.
    private static NodeConfig ports(NodeConfig config, Map<String, String> variables, String file) {
        NodeConfig result = config;
        for (Map.Entry<String, ConfigKey> port : PORTS.entrySet()) {
            String value = variables.get(port.getKey());
            if (value != null && !SERVICE_ADDRESS.matcher(value).matches()) {
                ConfigKey key = port.getValue();
                String bind = result.text(key).isEmpty() ? key.defaultValue() : result.text(key);
                String host = bind.substring(0, Math.max(0, bind.lastIndexOf(':')));
                result = result.with(key, host + ":" + value, file.isEmpty() ? port.getKey() : file);
            }
        }
        return result;
    }

    private static NodeConfig remarks(NodeConfig config, Map<String, String> variables, String file) {
        NodeConfig result = config;
        for (Map.Entry<String, String> variable : new TreeMap<>(variables).entrySet()) {
            String name = variable.getKey();
            String where = file.isEmpty() ? "" : " in " + file;
            if (LAUNCHER.contains(name)) {
                if (!file.isEmpty()) {
                    result = result.remarking(name + where + " is not used: it counts in the environment only");
                }
            } else if (name.startsWith(PREFIX) && !setting(name) && !ofService(name, variable.getValue())) {
                result = result.remarking(name + where + " is no setting; did you mean "
                        + ConfigKey.nearestVariable(name).environmentName() + "?");
            }
        }
        return result;
    }

    private static boolean setting(String name) {
        for (ConfigKey key : ConfigKey.values()) {
            if (key.environmentName().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean ofService(String name, String value) {
        return SERVICE.matcher(name).matches()
                || name.endsWith("_PORT") && SERVICE_ADDRESS.matcher(value).matches();
    }
}
