package dev.chord.client.sync;

import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.error.WriteFailure;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps a folder and the names below a prefix in step, both ways. What changed on one side since both agreed
 * is brought to the other. What changed on both sides is a conflict: the local file stays, the ring's is put
 * beside it under a name that says so. What was removed on one side and changed on the other stays.
 *
 * <p>Local content disappears only when the owner of its name shows that it was removed after both sides
 * agreed on it, and a copy of all that is removed or replaced stays in {@code .chord-trash} in the folder for
 * 30 days. One thread at a time.
 */
public final class FolderSync {
    private static final int SILENT = 3;

    private final Ring ring;
    private final Path folder;
    private final String prefix;
    private final Set<Consent> consents;
    private Optional<Hold> held = Optional.empty();

    /** What was done with one file. */
    public record Done(Kind kind, String name) {}

    /** What can be done with a file. */
    public enum Kind {
        FETCHED,
        STORED,
        REMOVED_HERE,
        REMOVED_THERE,
        /** Both contents are kept, one of them beside the file. */
        CONFLICT,
        /** Somebody changed it at that moment: the next round looks again. */
        SKIPPED
    }

    /**
     * What is done only if somebody says so; it holds until the first round to which the whole ring answers.
     */
    public enum Consent {
        /** Any number of files may be removed at once. */
        REMOVE_MANY,
        /** The folder may join a ring other than the one it belongs to: then nothing counts as agreed on. */
        ADOPT
    }

    /**
     * What a round came to.
     *
     * @param leftOut what was not kept in step, and why, by name
     * @param faulty whether something else than links was left out
     * @param held removals that were not carried out because there were too many at once, on either side;
     *     0: none
     * @param complete whether the whole ring answered; if not, some names were left to the next round
     * @param again whether there is something to do for another round soon
     */
    public record Round(
            List<Done> done, Map<String, String> leftOut, boolean faulty, int held, boolean complete, boolean again) {}

    /** The folder, taken for one process until it is closed. */
    public final class Hold implements AutoCloseable {
        private final DiskFolder disk;

        private Hold(DiskFolder disk) {
            this.disk = disk;
        }

        @Override
        public void close() {
            held = Optional.empty();
            try {
                disk.close();
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    /**
     * @param prefix what the names on the ring begin with, ending in a slash
     */
    public FolderSync(Ring ring, Path folder, String prefix) {
        this(ring, folder, prefix, Set.of());
    }

    /** The same with consent to what is not done otherwise. */
    public FolderSync(Ring ring, Path folder, String prefix, Set<Consent> consents) {
        if (!prefix.endsWith("/")) {
            throw new ChordException(ErrorCode.USAGE, "'" + prefix + "' does not end in a slash", "write NAME/");
        }
        FileName.of(prefix.substring(0, prefix.length() - 1));
        this.ring = ring;
        this.folder = folder;
        this.prefix = prefix;
        this.consents = consents.isEmpty() ? EnumSet.noneOf(Consent.class) : EnumSet.copyOf(consents);
    }

    /**
     * Takes the folder for several rounds; without that each round takes it for itself.
     *
     * @throws ChordException CONFLICT if somebody else has it
     */
    public Hold hold() {
        try {
            Hold hold = new Hold(DiskFolder.open(folder, prefix, Clock.systemUTC()));
            held = Optional.of(hold);
            return hold;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * One comparison of both sides, and what follows from it.
     *
     * @throws ChordException CONFLICT if somebody else keeps the folder in step; INCOMPATIBLE if it belongs
     *     to another ring; NOT_FOUND if it is not there any more; UNREACHABLE or DEADLINE if the ring does
     *     not answer
     */
    public Round round() {
        if (held.isEmpty()) {
            try (Hold hold = hold()) {
                return round(hold.disk);
            }
        }
        return round(held.get().disk);
    }

    private Round round(DiskFolder disk) {
        try {
            Round round = round(disk, new RingSide(ring, prefix), prefix, consents);
            if (round.complete()) {
                consents.clear();
            }
            return round;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    static Round round(SyncFolder folder, SyncRing ring, String prefix, Set<Consent> consents) throws IOException {
        SyncState state = SyncState.parse(folder.loadState(), prefix);
        RingMark now = ring.mark();
        RingMark remembered = state.ring().orElse(now);
        if (remembered.knows(now)) {
            state.ring(remembered.with(now));
        } else if (consents.contains(Consent.ADOPT)) {
            state.forgetAll();
            state.ring(now);
        } else {
            throw new ChordException(
                    ErrorCode.INCOMPATIBLE,
                    "this folder belongs to another ring: none of the members of '" + now.name()
                            + "' that answered is known to it",
                    "name a node of its ring; if this one is to take its place, as after the loss of all disks:"
                            + " --adopt, which removes nothing and keeps twice what differs");
        }
        boolean many = consents.contains(Consent.REMOVE_MANY);
        return SyncRound.run(folder, ring, state, new SyncRound.Limits(many, SILENT));
    }

    private ChordException failed(IOException e) {
        String why = e instanceof FileSystemException ? FolderSteps.words(e) : e.toString();
        boolean full = WriteFailure.of(e) == WriteFailure.NO_ROOM;
        return full
                ? new ChordException(ErrorCode.NO_SPACE, "no space left in " + folder, "free some; it goes on", e)
                : new ChordException(
                        ErrorCode.INTERNAL, "the folder " + folder + " failed: " + why, "check the disk", e);
    }
}
