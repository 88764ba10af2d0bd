package dev.chord.client.sync;

import dev.chord.client.content.FileStamp;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.sync.FolderSync.Done;
import dev.chord.client.sync.FolderSync.Kind;
import dev.chord.client.sync.SyncRule.Absent;
import dev.chord.client.sync.SyncRule.Action;
import dev.chord.client.sync.SyncRule.Agreed;
import dev.chord.client.sync.SyncRule.Held;
import dev.chord.client.sync.SyncRule.Here;
import dev.chord.client.sync.SyncRule.RemoveThere;
import dev.chord.client.sync.SyncRule.Rest;
import dev.chord.client.sync.SyncRule.Sides;
import dev.chord.client.sync.SyncRule.Store;
import dev.chord.client.sync.SyncRule.There;
import dev.chord.client.sync.SyncRule.Unknown;
import dev.chord.client.sync.SyncRule.Unseen;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One comparison of a folder with the names below a prefix: looks at both, asks {@link SyncRule} what
 * follows, and carries that out with {@link FolderSteps}. May end between any two calls of its two sides: the
 * next round then finds on both what it has to know. One thread.
 */
final class SyncRound {
    private static final int SAVE_EVERY = 100; // files
    private static final There NOT_ASKED = new Unknown("nobody was asked");
    private static final There SILENT = new Unknown("its owner did not answer");

    private final SyncFolder folder;
    private final SyncRing ring;
    private final SyncState state;
    private final Limits limits;
    private final List<Done> done = new ArrayList<>();
    private final Map<String, String> leftOut = new TreeMap<>();
    private boolean complete = true;
    private boolean again;
    private int silent;

    /**
     * What a round may do.
     *
     * @param removeMany any number of files may be removed at once
     * @param silent after so many questions without an answer the rest is left to the next round
     */
    record Limits(boolean removeMany, int silent) {}

    private SyncRound(SyncFolder folder, SyncRing ring, SyncState state, Limits limits) {
        this.folder = folder;
        this.ring = ring;
        this.state = state;
        this.limits = limits;
    }

    /** Compares and carries out. The state is saved now and then, and at the end. */
    static FolderSync.Round run(SyncFolder folder, SyncRing ring, SyncState state, Limits limits) throws IOException {
        SyncRound round = new SyncRound(folder, ring, state, limits);
        try {
            return round.run();
        } finally {
            folder.saveState(state.lines());
        }
    }

    private FolderSync.Round run() throws IOException {
        FolderSteps steps = new FolderSteps(folder, ring, state);
        FileTime now = folder.now();
        steps.lookAfterKept(now).forEach(name -> done.add(new Done(Kind.CONFLICT, name)));
        SyncFolder.Walk walk = folder.walk();
        leftOut.putAll(walk.leftOut());
        SyncRing.Listed listed = ring.list();
        complete = listed.complete();
        Map<String, Sides> sides = compare(walk, listed, now);
        SyncRule.Plan plan = SyncRule.plan(sides, limits.removeMany());
        for (Map.Entry<String, Sides> next : sides.entrySet()) {
            String name = next.getKey();
            if (silent < limits.silent()) {
                carryOut(steps, name, plan.actions().getOrDefault(name, new Rest()), next.getValue());
            }
        }
        try {
            folder.emptyTrash();
        } catch (IOException e) {
            leftOut.put(SyncNames.TRASH, why(e));
        }
        int held = plan.held() ? plan.removals() : 0;
        boolean faulty = !walk.links().containsAll(leftOut.keySet());
        return new FolderSync.Round(List.copyOf(done), new TreeMap<>(leftOut), faulty, held, complete, again);
    }

    // ---- looking

    private Map<String, Sides> compare(SyncFolder.Walk walk, SyncRing.Listed listed, FileTime now) {
        Set<String> names = new TreeSet<>(listed.names().keySet());
        names.addAll(walk.files().keySet());
        names.addAll(state.names());
        names.removeIf(SyncNames::isOwn);
        state.keepSeen(walk.files().keySet());
        Map<String, Sides> sides = new TreeMap<>();
        for (String name : names) {
            Here here = here(walk, name, now);
            Optional<Agreed> agreed = state.agreed(name);
            Optional<There> hint = Optional.ofNullable(listed.names().get(name));
            boolean inStep = hint.filter(there -> SyncRule.decide(new Sides(here, agreed, there)) instanceof Rest)
                    .isPresent();
            if (inStep || here instanceof Unseen) {
                sides.put(name, new Sides(here, agreed, hint.orElse(NOT_ASKED)));
            } else {
                sides.put(name, new Sides(here, agreed, listed.silent().test(name) ? SILENT : read(name)));
            }
        }
        return sides;
    }

    private Here here(SyncFolder.Walk walk, String name, FileTime now) {
        for (int slash = name.length(); slash >= 0; slash = name.lastIndexOf('/', slash - 1)) {
            if (walk.leftOut().containsKey(name.substring(0, slash))) {
                return new Unseen("it, or a directory it lies in, is left out");
            }
        }
        FileStamp stamp = walk.files().get(name);
        if (stamp == null) {
            return new Absent();
        }
        Optional<Identifier> known = state.content(name, stamp);
        if (known.isPresent()) {
            return new Held(known.get());
        }
        try {
            Identifier content = folder.digest(name);
            if (folder.stamp(name).filter(stamp::equals).isPresent()) {
                if (stamp.settled(now)) {
                    state.saw(name, stamp, content);
                }
                return new Held(content);
            }
        } catch (ChordException | IOException e) {
            if (!isChange(e) && isThere(name)) {
                leftOut.put(name, why(e));
                return new Unseen(why(e));
            }
        }
        again = true;
        leftOut.put(name, "it changes while it is read");
        return new Unseen("it changes while it is read");
    }

    private boolean isThere(String name) {
        try {
            return folder.stamp(name).isPresent();
        } catch (IOException e) {
            return true;
        }
    }

    private There read(String name) {
        if (silent >= limits.silent()) {
            complete = false;
            return new Unknown("too many questions are without an answer");
        }
        try {
            return ring.read(name);
        } catch (ChordException e) {
            if (isSilence(e)) {
                silent++;
                complete = false;
            } else {
                leftOut.put(name, why(e));
            }
            return new Unknown(why(e));
        }
    }

    // ---- doing

    private void carryOut(FolderSteps steps, String name, Action action, Sides sides) throws IOException {
        try {
            Optional<Kind> kind = steps.carryOut(name, action, sides);
            kind.ifPresent(k -> done.add(new Done(k, name)));
            again |= kind.filter(k -> k == Kind.SKIPPED || k == Kind.CONFLICT).isPresent();
            if (kind.isPresent() && done.size() % SAVE_EVERY == 0) {
                folder.saveState(state.lines());
            }
        } catch (ChordException e) {
            boolean quicker = e.code() == ErrorCode.CONFLICT
                    || isChange(e) && (action instanceof Store || action instanceof RemoveThere);
            if (e.code() == ErrorCode.UNFINISHED) {
                throw e;
            } else if (quicker) {
                done.add(new Done(Kind.SKIPPED, name)); // somebody was: the next round sees
                again = true;
            } else if (isSilence(e)) {
                complete = false;
                silent++;
            } else {
                leftOut.put(name, why(e));
            }
        } catch (IOException e) {
            leftOut.put(name, why(e));
        }
    }

    // Whether a file or name is said to be another than it was a moment ago, or gone.
    private static boolean isChange(Exception e) {
        return e instanceof ChordException chord
                && (chord.code() == ErrorCode.NOT_FOUND || chord.code() == ErrorCode.INTEGRITY);
    }

    // Whether nobody answered who could, so that it is for another round.
    private static boolean isSilence(ChordException e) {
        return e.code() == ErrorCode.UNREACHABLE || e.code() == ErrorCode.DEADLINE;
    }

    private static String why(Exception e) {
        return e instanceof ChordException ? String.valueOf(e.getMessage()) : FolderSteps.words(e);
    }
}
