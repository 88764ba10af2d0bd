package dev.chord.node.config;

import dev.chord.client.error.ChordException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A .env file that somebody left in the directory: it never ends a command for a bad form, and never opens
 * the node.
 */
public final class DotEnvFuzz {
    private static final Path DIRECTORY = directory();

    private DotEnvFuzz() {}

    private static Path directory() {
        try {
            Path directory = Files.createTempDirectory("chord-dotenv");
            directory.toFile().deleteOnExit();
            directory.resolve(".env").toFile().deleteOnExit();
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void run(byte[] input) {
        try {
            Files.write(DIRECTORY.resolve(".env"), input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        NodeConfig config;
        try {
            config = ConfigLoader.load(
                    new ConfigLoader.Sources(Optional.empty(), Optional.empty(), Map.of(), DIRECTORY));
        } catch (ChordException refused) {
            return; // a setting of ours with a value out of its range is said, as everywhere
        }
        for (ConfigKey key : ConfigKey.values()) {
            if (key.guarded() && !config.text(key).equals(key.defaultValue()) && !portAlone(key, config)) {
                throw new AssertionError("a file that lies there set " + key.key() + " to " + config.text(key));
            }
        }
    }

    // GRPC_SERVER_PORT and REST_SERVER_PORT set a port, and leave the address.
    private static boolean portAlone(ConfigKey key, NodeConfig config) {
        boolean listens = key == ConfigKey.GRPC_BIND || key == ConfigKey.HTTP_BIND;
        return listens && config.text(key).startsWith("127.0.0.1:");
    }
}
