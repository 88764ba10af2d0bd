package dev.chord.client.wire;

import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.core.name.Label;
import dev.chord.proto.v1.JoinRequest;
import dev.chord.proto.v1.ShareRequest;
import dev.chord.proto.v1.UnshareRequest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * What is acceptable in messages of administration. Pure; any thread. Throws
 * {@link MalformedMessageException}.
 */
public final class AdminChecks {
    private static final int SEEDS = 256;
    private static final int TEXT = 8192;

    private AdminChecks() {}

    /** Any request; what is none of them is acceptable here. */
    public static void request(Object message) {
        if (message instanceof ShareRequest share) {
            path(share.getPath());
            name(share.getName());
        } else if (message instanceof UnshareRequest unshare) {
            text(unshare.getRef(), "a reference");
            if (unshare.getRef().isEmpty()) {
                throw new MalformedMessageException(Fault.KIND, "nothing is named that is to be withdrawn");
            }
        } else if (message instanceof JoinRequest join) {
            if (join.getSeedsCount() > SEEDS) {
                throw new MalformedMessageException(Fault.COUNT, "more than " + SEEDS + " seeds");
            }
            join.getSeedsList().forEach(seed -> text(seed, "a seed"));
        }
    }

    /** A path on the node's machine: absolute, for the caller's directory is not the node's. */
    static void path(String text) {
        text(text, "a path");
        try {
            if (!text.isEmpty() && Path.of(text).isAbsolute()) {
                return;
            }
        } catch (InvalidPathException e) {
            // told below
        }
        throw new MalformedMessageException(
                Fault.PATH, "'" + WireCodec.shown(text) + "' is no absolute path: what is shared is named by one");
    }

    private static void name(String name) {
        String trouble = name.isEmpty() ? "" : Label.trouble(name);
        if (!trouble.isEmpty()) {
            throw new MalformedMessageException(Fault.LABEL, "'" + WireCodec.shown(name) + "' is no name: " + trouble);
        }
    }

    private static void text(String text, String what) {
        if (text.length() > TEXT) {
            throw new MalformedMessageException(Fault.SIZE, what + " of " + text.length() + " characters");
        }
    }
}
