package dev.chord.node.gateway;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.version.Version;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Writes of a name on conditions. A name goes by two tags: its version, which {@code /api/v1/names} gives
 * out, and its content, which {@code /f} gives out.
 */
final class NameConditions {
    private final Ring ring;

    NameConditions(Ring ring) {
        this.ring = ring;
    }

    static String tag(Version version) {
        return '"'
                + Long.toUnsignedString(version.sequence())
                + '-'
                + version.writer().toHex()
                + '"';
    }

    static String tag(NameEntry entry) {
        return '"' + entry.content().toHex() + '"';
    }

    /**
     * The version at which a name has to be found when it is written; empty: any will do.
     *
     * @throws RefusedRequest 412 if the conditions of the request do not hold now
     */
    Optional<Version> expected(Context context, String name) {
        Preconditions conditions = Preconditions.ofWrite(context);
        if (conditions.none()) {
            return Optional.empty();
        }
        Optional<NameEntry> current = ring.names().find(name);
        Set<String> tags =
                current.map(entry -> Set.of(tag(entry.version()), tag(entry))).orElse(Set.of());
        if (conditions.onWrite(tags) == Preconditions.Verdict.FAILED) {
            throw failed(
                    current.isPresent() ? "the name is there in another version" : "there is no such name", "read it");
        }
        return Optional.of(current.map(NameEntry::version).orElse(Version.NONE));
    }

    /**
     * Writes on the condition that was found to hold; what came between makes it fail.
     *
     * @throws RefusedRequest 412 if the name has changed meanwhile
     */
    static <T> T write(Optional<Version> expected, Supplier<T> writing) {
        try {
            return writing.get();
        } catch (ChordException e) {
            if (e.code() == ErrorCode.CONFLICT && expected.isPresent()) {
                throw failed(String.valueOf(e.getMessage()), e.hint());
            }
            throw e;
        }
    }

    private static RefusedRequest failed(String detail, String hint) {
        return new RefusedRequest(412, ErrorCode.CONFLICT, detail, hint);
    }
}
