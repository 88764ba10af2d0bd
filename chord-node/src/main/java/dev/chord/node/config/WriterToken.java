package dev.chord.node.config;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;

/** The token that writers show over HTTP. */
public final class WriterToken {
    private static final int SHORTEST = 16;

    private WriterToken() {}

    /**
     * Reads it; empty: none is needed, for HTTP is on this machine only.
     *
     * @param bind where HTTP is going to listen
     * @throws ChordException NOT_PERMITTED if one is needed and not set, or if others can read it; USAGE if
     *     the file is no good
     */
    public static Optional<String> of(NodeConfig config, InetSocketAddress bind) {
        String file = config.text(ConfigKey.TOKEN_FILE);
        if (file.isEmpty()) {
            if (!bind.getAddress().isLoopbackAddress()) {
                throw new ChordException(
                        ErrorCode.NOT_PERMITTED,
                        "HTTP beyond this machine needs a token for writers",
                        "set security.token.file, or net.http.bind to 127.0.0.1:7480");
            }
            return Optional.empty();
        }
        try {
            Path path = Path.of(file);
            if (Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_READ)) {
                throw new ChordException(ErrorCode.NOT_PERMITTED, path + " can be read by everybody", "chmod 600 it");
            }
            String token = Files.readString(path).strip();
            if (token.length() < SHORTEST) {
                throw new ChordException(
                        ErrorCode.USAGE, "the token in " + path + " is short", SHORTEST + " characters at least");
            }
            return Optional.of(token);
        } catch (IOException e) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    config.described(ConfigKey.TOKEN_FILE) + ": the file cannot be read: " + e,
                    "name a file of yours with the token in it",
                    e);
        }
    }
}
