package dev.chord.client.sync;

import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Decides what is to be done with each name of a folder that is kept in step with a part of a ring, from
 * three things alone: what is in the folder, what both sides agreed on last, and what the owner of the name
 * says. Local content disappears only on evidence: a removal that is newer than what was agreed. That
 * something is absent is no evidence.
 *
 * <p>Pure: no file, clock or thread. Whoever carries the actions out looks again just before, and keeps a
 * copy of what it replaces or removes.
 */
public final class SyncRule {
    // As many removals at once, and more than one file in ten, are held back; and so are more than MANY of
    // any number.
    private static final int FEW = 5;
    private static final int SHARE = 10;
    private static final int MANY = 20;

    private SyncRule() {}

    /** What the folder has under a name. */
    public sealed interface Here permits Absent, Held, Unseen {}

    /** There is nothing under the name, in a directory that was read whole. */
    public record Absent() implements Here {}

    /** A file with this content. */
    public record Held(Identifier content) implements Here {}

    /** Nobody knows: it cannot be read, or changes while it is read, or is no file. */
    public record Unseen(String why) implements Here {}

    /** What the owner of a name says of it. */
    public sealed interface There permits Named, Removed, Nothing, Unknown {}

    /** The name stands for a content. */
    public record Named(Identifier content, long size, Version version) implements There {}

    /** The name was removed: a tombstone. */
    public record Removed(Version version) implements There {}

    /** The owner has never heard of the name, or no longer knows that it has. */
    public record Nothing() implements There {}

    /** Nobody who may speak for the name answered. */
    public record Unknown(String why) implements There {}

    /**
     * What both sides had when they were last seen alike.
     *
     * @param version {@link Version#NONE}: not known, as in folders of before
     */
    public record Agreed(Identifier content, Version version) {}

    /** All that is known of a name. */
    public record Sides(Here here, Optional<Agreed> agreed, There there) {}

    /** What is to be done with a name. */
    public sealed interface Action
            permits Rest, Agree, Forget, Store, Fetch, RemoveHere, RemoveThere, Conflict, Wait, Hold {}

    /** Nothing: both sides are as they were. */
    public record Rest() implements Action {}

    /** Both sides came to have the same: that is noted. */
    public record Agree(Agreed what) implements Action {}

    /** Neither side has it: what was agreed is forgotten. */
    public record Forget() implements Action {}

    /**
     * The file goes to the ring, if the name is still at this version; {@link Version#NONE}: if it stands
     * for nothing.
     */
    public record Store(Version expected) implements Action {}

    /** The ring's content goes into the folder, in the place of what is there. */
    public record Fetch(Named what) implements Action {}

    /** The file goes to the trash: the ring shows that it was removed. */
    public record RemoveHere() implements Action {}

    /** The name is removed on the ring, if it is still at this version. */
    public record RemoveThere(Version expected) implements Action {}

    /** Both sides changed it: the ring's content is put beside the file, which is then the next change. */
    public record Conflict(Named theirs) implements Action {}

    /** Nothing can be decided now. */
    public record Wait(String why) implements Action {}

    /** A removal that is not carried out, because there are too many at once. */
    public record Hold(Action removal) implements Action {}

    /**
     * What is to be done with each name.
     *
     * @param removals how many files would go, on either side
     * @param held whether these are too many, and are not carried out
     */
    public record Plan(SortedMap<String, Action> actions, int removals, boolean held) {}

    /**
     * Decides for a whole folder.
     *
     * @param removeMany whether any number of files may be removed at once
     */
    public static Plan plan(Map<String, Sides> folder, boolean removeMany) {
        SortedMap<String, Action> actions = new TreeMap<>();
        int removals = 0;
        int agreed = 0;
        for (Map.Entry<String, Sides> name : folder.entrySet()) {
            Action action = decide(name.getValue());
            actions.put(name.getKey(), action);
            removals += isRemoval(action) ? 1 : 0;
            agreed += name.getValue().agreed().isPresent() ? 1 : 0;
        }
        boolean held = !removeMany && tooMany(removals, agreed);
        if (held) {
            actions.replaceAll((name, action) -> isRemoval(action) ? new Hold(action) : action);
        }
        return new Plan(actions, removals, held);
    }

    private static boolean isRemoval(Action action) {
        return action instanceof RemoveHere || action instanceof RemoveThere;
    }

    /** Whether so many removals at once, of so many files, are rather a mistake than meant. */
    static boolean tooMany(int removals, int files) {
        return removals > MANY || (removals >= FEW && removals * SHARE > files);
    }

    /** Decides for one name. */
    public static Action decide(Sides sides) {
        if (sides.here() instanceof Unseen unseen) {
            return new Wait(unseen.why());
        }
        if (sides.there() instanceof Unknown unknown) {
            return new Wait(unknown.why());
        }
        Optional<Identifier> here = sides.here() instanceof Held held ? Optional.of(held.content()) : Optional.empty();
        if (sides.there() instanceof Named named) {
            return here.map(content -> onBothSides(content, sides.agreed(), named))
                    .orElseGet(() -> onlyThere(sides.agreed(), named));
        }
        if (here.isEmpty()) {
            return sides.agreed().isPresent() ? new Forget() : new Rest();
        }
        return onlyHere(here.get(), sides.agreed(), sides.there());
    }

    private static Action onBothSides(Identifier here, Optional<Agreed> agreed, Named there) {
        if (here.equals(there.content())) {
            Agreed now = new Agreed(there.content(), there.version());
            return agreed.filter(now::equals).isPresent() ? new Rest() : new Agree(now);
        }
        if (agreed.isEmpty()) {
            return new Conflict(there);
        }
        if (there.content().equals(agreed.get().content())) {
            return new Store(there.version());
        }
        // A ring that shows another content in an older version has lost what was agreed: nobody knows which
        // is meant.
        boolean onlyTheyChanged = here.equals(agreed.get().content())
                && there.version().newerThan(agreed.get().version());
        return onlyTheyChanged ? new Fetch(there) : new Conflict(there);
    }

    // What was written again since, even with the same content, is worth more than a removal of before.
    private static Action onlyThere(Optional<Agreed> agreed, Named there) {
        boolean asAgreed = agreed.filter(a -> a.content().equals(there.content()))
                .filter(a ->
                        a.version().equals(Version.NONE) || !there.version().newerThan(a.version()))
                .isPresent();
        return asAgreed ? new RemoveThere(there.version()) : new Fetch(there);
    }

    private static Action onlyHere(Identifier here, Optional<Agreed> agreed, There there) {
        Optional<Version> last = agreed.filter(a -> a.content().equals(here)).map(Agreed::version);
        boolean removed = last.isPresent()
                && there instanceof Removed tombstone
                && tombstone.version().newerThan(last.get());
        return removed ? new RemoveHere() : new Store(Version.NONE);
    }
}
