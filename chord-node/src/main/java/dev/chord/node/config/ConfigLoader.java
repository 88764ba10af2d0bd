package dev.chord.node.config;

import com.electronwill.nightconfig.core.UnmodifiableConfig;
import com.electronwill.nightconfig.core.io.ParsingException;
import com.electronwill.nightconfig.toml.TomlParser;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts settings together. Flags win over the environment, that over the file of {@code --env-file}, that over
 * the settings file, that over {@code ./.env}, that over defaults; flags are laid over what comes from here.
 */
public final class ConfigLoader {
    private static final int MAX_DIRECTORY_FILE = 1024 * 1024;

    private ConfigLoader() {}

    /**
     * Where settings are looked for.
     *
     * @param file the TOML file named by the user; empty: none
     * @param envFile the file of variables named by the user; empty: none
     * @param environment the process environment
     * @param directory the working directory, in which a {@code .env} may lie
     */
    public record Sources(
            Optional<Path> file, Optional<Path> envFile, Map<String, String> environment, Path directory) {}

    /**
     * Everything but flags. Values are not checked here: {@link NodeConfig#check} does that once flags are
     * laid over them.
     *
     * @throws ChordException USAGE for a file that was named and cannot be read or understood, and for an
     *     unknown key in the settings file, with the nearest valid one
     */
    public static NodeConfig load(Sources sources) {
        NodeConfig config =
                fromDirectory(NodeConfig.defaults(), sources.directory().resolve(".env"));
        if (sources.file().isPresent()) {
            config = fromToml(config, sources.file().get());
        }
        if (sources.envFile().isPresent()) {
            config = fromEnvFile(config, sources.envFile().get(), sources.environment());
        }
        return Variables.lay(config, sources.environment(), "");
    }

    // Nobody has named this file: it may be another program's, or a stranger's. What is not ours in it is
    // passed over, it never weakens the node, and it does not learn what stands in the environment.
    private static NodeConfig fromDirectory(NodeConfig config, Path file) {
        String text;
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_DIRECTORY_FILE) {
                return config;
            }
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return config;
        }
        DotEnv.Parsed parsed = DotEnv.parse(text, name -> null);
        NodeConfig result = Variables.layUntrusted(config, parsed.values(), file.toString());
        for (DotEnv.Fault fault : parsed.faults()) {
            if (Variables.ours(fault.name())) {
                result = result.remarking(file + ", line " + fault.line() + ": " + fault.why() + "; passed over");
            }
        }
        return result;
    }

    private static NodeConfig fromEnvFile(NodeConfig config, Path file, Map<String, String> environment) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw unusable("--env-file " + file + " is not UTF-8", "save it as UTF-8", e);
        } catch (IOException e) {
            throw unusable("--env-file " + file + " cannot be read: " + e, "check --env-file", e);
        }
        DotEnv.Parsed parsed = DotEnv.parse(text, environment::get);
        List<DotEnv.Fault> faults = parsed.faults();
        if (!faults.isEmpty()) {
            throw unusable(
                    "--env-file " + file + ", line " + faults.get(0).line() + ": "
                            + faults.get(0).why(),
                    "write NAME=VALUE, with quotes closed",
                    null);
        }
        return Variables.lay(config, parsed.values(), file.toString());
    }

    private static ChordException unusable(String message, String hint, @Nullable Throwable cause) {
        return cause == null
                ? new ChordException(ErrorCode.USAGE, message, hint)
                : new ChordException(ErrorCode.USAGE, message, hint, cause);
    }

    private static NodeConfig fromToml(NodeConfig config, Path file) {
        try {
            UnmodifiableConfig toml = new TomlParser().parse(Files.readString(file));
            return table(config, toml, "", file);
        } catch (IOException e) {
            throw unusable("configuration file " + file + " cannot be read: " + e.getMessage(), "check --config", e);
        } catch (ParsingException e) {
            throw unusable("configuration file " + file + " is not TOML: " + e.getMessage(), "check its syntax", e);
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
}
