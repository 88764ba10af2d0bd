package dev.chord.client.sync;

import dev.chord.client.content.FileStamp;
import dev.chord.client.error.ChordException;
import dev.chord.client.sync.FolderSync.Kind;
import dev.chord.client.sync.SyncRule.Action;
import dev.chord.client.sync.SyncRule.Agree;
import dev.chord.client.sync.SyncRule.Agreed;
import dev.chord.client.sync.SyncRule.Conflict;
import dev.chord.client.sync.SyncRule.Fetch;
import dev.chord.client.sync.SyncRule.Forget;
import dev.chord.client.sync.SyncRule.Held;
import dev.chord.client.sync.SyncRule.Named;
import dev.chord.client.sync.SyncRule.RemoveHere;
import dev.chord.client.sync.SyncRule.RemoveThere;
import dev.chord.client.sync.SyncRule.Sides;
import dev.chord.client.sync.SyncRule.Store;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Carries out what {@link SyncRule} decided on one name. It looks again just before each change, because
 * others write to the folder all the time; what turns out to be otherwise than it was decided on stays as it
 * is, and the next round decides anew. What is replaced or removed is in the trash before, and is looked at
 * once more after.
 */
final class FolderSteps {
    private static final String HERE = "here"; // marks what somebody wrote in this folder at the last moment
    private static final int MOST_BESIDE = 1000;

    private final SyncFolder folder;
    private final SyncRing ring;
    private final SyncState state;

    FolderSteps(SyncFolder folder, SyncRing ring, SyncState state) {
        this.folder = folder;
        this.ring = ring;
        this.state = state;
    }

    /** Carries out; returns what was done, if anything that people should hear of. */
    Optional<Kind> carryOut(String name, Action action, Sides sides) throws IOException {
        if (action instanceof Agree agree) {
            state.agree(name, agree.what());
        } else if (action instanceof Forget) {
            state.forget(name);
        } else if (action instanceof Store store) {
            return Optional.of(store(name, store.expected()));
        } else if (action instanceof Fetch fetch) {
            return Optional.of(fetch(name, fetch.what(), here(sides)));
        } else if (action instanceof Conflict conflict) {
            return Optional.of(conflict(name, conflict.theirs()));
        } else if (action instanceof RemoveHere) {
            return Optional.of(removeHere(name, here(sides).orElseThrow()));
        } else if (action instanceof RemoveThere remove) {
            return Optional.of(removeThere(name, remove.expected()));
        }
        return Optional.empty();
    }

    private Kind store(String name, Version expected) throws IOException {
        Named now = ring.store(name, folder.path(name), expected);
        state.agree(name, new Agreed(now.content(), now.version()));
        return Kind.STORED;
    }

    private Kind removeThere(String name, Version expected) throws IOException {
        if (folder.stamp(name).isPresent()) {
            return Kind.SKIPPED;
        }
        ring.remove(name, expected);
        state.forget(name);
        return Kind.REMOVED_THERE;
    }

    private static Optional<Identifier> here(Sides sides) {
        return sides.here() instanceof Held held ? Optional.of(held.content()) : Optional.empty();
    }

    private Kind fetch(String name, Named what, Optional<Identifier> here) throws IOException {
        String own = folder.incoming(name, what.content());
        ring.fetch(what.content(), folder.path(own));
        boolean placed = here.isPresent() ? replace(name, own, here.get()) : folder.link(own, name);
        folder.delete(own);
        if (!placed) {
            return Kind.SKIPPED;
        }
        state.agree(name, new Agreed(what.content(), what.version()));
        return Kind.FETCHED;
    }

    // What was there may be another by now, or gone: that is a change too, which the next round weighs.
    private boolean replace(String name, String own, Identifier here) throws IOException {
        Optional<FileStamp> seen = still(name, here);
        if (seen.isEmpty()) {
            return false;
        }
        String kept = folder.keep(name);
        if (!holds(kept, seen.get(), here) || !folder.replace(own, name, seen.get())) {
            return false; // what was kept stays in the trash: it may be all there is of it by now
        }
        watch(kept, name, seen.get(), here);
        return true;
    }

    // Its content counts: size and time can be kept by whoever changes a file.
    private Optional<FileStamp> still(String name, Identifier here) throws IOException {
        Optional<FileStamp> seen = folder.stamp(name);
        boolean same = seen.isPresent()
                && folder.digest(name).equals(here)
                && folder.stamp(name).filter(seen.get()::equals).isPresent();
        return same ? seen : Optional.empty();
    }

    private Kind removeHere(String name, Identifier here) throws IOException {
        Optional<FileStamp> seen = still(name, here);
        if (seen.isEmpty()) {
            return Kind.SKIPPED;
        }
        String kept = folder.take(name);
        if (!folder.digest(kept).equals(here)) {
            putBack(kept, name);
            return Kind.SKIPPED;
        }
        watch(kept, name, seen.get(), here);
        state.forget(name);
        return Kind.REMOVED_HERE;
    }

    // What was taken is not what was looked at: somebody wrote it in that moment.
    private void putBack(String kept, String name) throws IOException {
        if (!folder.link(kept, name)) {
            beside(kept, name, HERE);
        }
    }

    private Kind conflict(String name, Named theirs) throws IOException {
        String own = folder.incoming(name, theirs.content());
        ring.fetch(theirs.content(), folder.path(own));
        beside(own, name, theirs.version().number());
        folder.delete(own);
        // From now on the local file is the one that changed: the next round stores it as the next version.
        state.agree(name, new Agreed(theirs.content(), theirs.version()));
        return Kind.CONFLICT;
    }

    // Gives a content a name beside the file; one that has the same content already will do.
    private void beside(String file, String name, String mark) throws IOException {
        Identifier content = folder.digest(file);
        for (int number = 1; number < MOST_BESIDE; number++) {
            String beside = SyncNames.conflict(name, mark, number);
            if (folder.link(file, beside) || isSame(beside, content)) {
                return;
            }
        }
        throw new FileSystemException(name, null, "there are too many conflicts beside it");
    }

    private boolean isSame(String name, Identifier content) {
        try {
            return folder.digest(name).equals(content);
        } catch (ChordException | IOException e) {
            return false; // something else, which stays as it is
        }
    }

    // Whoever had the file open when it went to the trash writes on to it there: perhaps already did,
    // perhaps will.
    private void watch(String kept, String name, FileStamp seen, Identifier content) throws IOException {
        if (holds(kept, seen, content)) {
            state.kept(kept, new SyncState.Kept(name, content, seen));
        } else {
            beside(kept, name, HERE);
        }
    }

    // Where there are no links what is kept is a copy.
    private boolean holds(String kept, FileStamp seen, Identifier content) throws IOException {
        return folder.stamp(kept).filter(seen::sameFile).isPresent()
                || folder.digest(kept).equals(content);
    }

    /**
     * Brings back, beside its file, what was written to something that was in the trash by then; returns
     * those names.
     *
     * @param now by the clock of the file system
     */
    List<String> lookAfterKept(FileTime now) {
        List<String> found = new ArrayList<>();
        for (Map.Entry<String, SyncState.Kept> entry : state.kept().entrySet()) {
            try {
                if (wasWritten(entry.getKey(), entry.getValue(), now)) {
                    found.add(entry.getValue().name());
                }
            } catch (ChordException | IOException e) {
                continue; // somebody did something to it: it stays where it is, and is looked at again
            }
        }
        return found;
    }

    private boolean wasWritten(String file, SyncState.Kept kept, FileTime now) throws IOException {
        Optional<FileStamp> stamp = folder.stamp(file);
        if (stamp.filter(kept.stamp()::equals).isPresent()) {
            return false;
        }
        if (stamp.isEmpty()) {
            state.forgetKept(file);
        } else if (!folder.digest(file).equals(kept.content())) {
            beside(file, kept.name(), HERE);
            state.forgetKept(file);
            return true;
        } else if (stamp.get().settled(now)) {
            state.kept(file, new SyncState.Kept(kept.name(), kept.content(), stamp.get()));
        }
        return false;
    }

    /** What went wrong with a file, in words for people. */
    static String words(Exception e) {
        if (e instanceof AccessDeniedException) {
            return "it may not be read or written";
        }
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }
}
