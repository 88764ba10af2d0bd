package dev.chord.node.config;

import com.electronwill.nightconfig.core.UnmodifiableConfig;
import com.electronwill.nightconfig.core.io.ParsingException;
import com.electronwill.nightconfig.toml.TomlParser;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts settings together: flags over environment over .env over file over defaults. */
public final class ConfigLoader {
    private ConfigLoader() {}

    /**
     * Everything but flags.
     *
     * @param file the TOML file named by the user; empty: none
     * @param environment the process environment
     * @param directory where a .env file is looked for
     * @throws ChordException USAGE for an unreadable file or an unknown key, with the nearest valid one
     */
    public static NodeConfig load(Optional<Path> file, Map<String, String> environment, Path directory) {
        NodeConfig config = NodeConfig.defaults();
        if (file.isPresent()) {
            config = fromToml(config, file.get());
        }
        Path dotEnv = directory.resolve(".env");
        if (Files.isRegularFile(dotEnv)) {
            config = fromEnvironment(config, readDotEnv(dotEnv), dotEnv.toString());
        }
        return fromEnvironment(config, environment, "environment");
    }

    private static NodeConfig fromToml(NodeConfig config, Path file) {
        try {
            UnmodifiableConfig toml = new TomlParser().parse(Files.readString(file));
            return table(config, toml, "", file);
        } catch (IOException e) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "configuration file " + file + " cannot be read: " + e.getMessage(),
                    "check --config",
                    e);
        } catch (ParsingException e) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "configuration file " + file + " is not TOML: " + e.getMessage(),
                    "check its syntax",
                    e);
        }
    }

    private static NodeConfig table(NodeConfig config, UnmodifiableConfig table, String prefix, Path file) {
        NodeConfig result = config;
        for (UnmodifiableConfig.Entry entry : table.entrySet()) {
            String key = prefix + entry.getKey();
            Object value = entry.getValue();
            if (value instanceof UnmodifiableConfig inner) {
                result = table(result, inner, key + ".", file);
            } else {
                result = result.with(known(key, file.toString()), written(value), file.toString());
            }
        }
        return result;
    }

    private static String written(Object value) {
        if (value instanceof List<?> list) {
            return String.join(",", list.stream().map(String::valueOf).toList());
        }
        return String.valueOf(value);
    }

    private static ConfigKey known(String key, String where) {
        return ConfigKey.byKey(key).orElseThrow(() -> unknown(key, where));
    }

    /** The error for a key that does not exist. */
    public static ChordException unknown(String key, String where) {
        return new ChordException(
                ErrorCode.USAGE,
                "unknown setting '" + key + "' in " + where,
                "did you mean '" + ConfigKey.nearest(key).key() + "'?");
    }

    private static NodeConfig fromEnvironment(NodeConfig config, Map<String, String> environment, String where) {
        NodeConfig result = config;
        for (ConfigKey key : ConfigKey.values()) {
            String value = environment.get(key.environmentName());
            if (value != null) {
                String origin = where.equals("environment") ? key.environmentName() : where;
                result = result.with(key, value, origin);
            }
        }
        result = port(result, environment, "GRPC_SERVER_PORT", ConfigKey.GRPC_BIND);
        return port(result, environment, "REST_SERVER_PORT", ConfigKey.HTTP_BIND);
    }

    private static NodeConfig port(NodeConfig config, Map<String, String> environment, String variable, ConfigKey key) {
        String port = environment.get(variable);
        if (port == null) {
            return config;
        }
        String bind = config.text(key);
        String host = bind.substring(0, Math.max(0, bind.lastIndexOf(':')));
        return config.with(key, host + ":" + port, variable);
    }

    private static Map<String, String> readDotEnv(Path file) {
        Map<String, String> values = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                String text = line.strip();
                int equals = text.indexOf('=');
                if (!text.startsWith("#") && equals > 0) {
                    String value = text.substring(equals + 1).strip();
                    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
                    values.put(
                            text.substring(0, equals).strip(), quoted ? value.substring(1, value.length() - 1) : value);
                }
            }
            return values;
        } catch (IOException e) {
            throw new ChordException(ErrorCode.USAGE, file + " cannot be read: " + e.getMessage(), "", e);
        }
    }
}
