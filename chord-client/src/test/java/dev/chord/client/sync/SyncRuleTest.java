package dev.chord.client.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.sync.SyncRule.Absent;
import dev.chord.client.sync.SyncRule.Action;
import dev.chord.client.sync.SyncRule.Agree;
import dev.chord.client.sync.SyncRule.Agreed;
import dev.chord.client.sync.SyncRule.Conflict;
import dev.chord.client.sync.SyncRule.Fetch;
import dev.chord.client.sync.SyncRule.Forget;
import dev.chord.client.sync.SyncRule.Held;
import dev.chord.client.sync.SyncRule.Here;
import dev.chord.client.sync.SyncRule.Hold;
import dev.chord.client.sync.SyncRule.Named;
import dev.chord.client.sync.SyncRule.Nothing;
import dev.chord.client.sync.SyncRule.RemoveHere;
import dev.chord.client.sync.SyncRule.RemoveThere;
import dev.chord.client.sync.SyncRule.Removed;
import dev.chord.client.sync.SyncRule.Rest;
import dev.chord.client.sync.SyncRule.Sides;
import dev.chord.client.sync.SyncRule.Store;
import dev.chord.client.sync.SyncRule.There;
import dev.chord.client.sync.SyncRule.Unknown;
import dev.chord.client.sync.SyncRule.Unseen;
import dev.chord.client.sync.SyncRule.Wait;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SyncRuleTest {
    private static final Identifier A = Identifier.of(1);
    private static final Identifier B = Identifier.of(2);
    private static final Identifier C = Identifier.of(3);
    private static final Here GONE = new Absent();
    private static final There NOTHING = new Nothing();

    private static Version version(long number) {
        return new Version(number, Identifier.of(7));
    }

    private static Optional<Agreed> agreed(Identifier content, long version) {
        return Optional.of(new Agreed(content, version(version)));
    }

    private static Named named(Identifier content, long version) {
        return new Named(content, 1, version(version));
    }

    private static Action decide(Here here, Optional<Agreed> agreed, There there) {
        return SyncRule.decide(new Sides(here, agreed, there));
    }

    @Test
    void aFileGoesOnlyOnATombstoneNewerThanWhatWasAgreed() {
        Here here = new Held(A);
        assertThat(decide(here, agreed(A, 5), new Removed(version(6)))).isEqualTo(new RemoveHere());
        assertThat(decide(here, agreed(A, 5), new Removed(version(4))))
                .as("a tombstone of before")
                .isEqualTo(new Store(Version.NONE));
        assertThat(decide(here, agreed(A, 5), new Removed(version(5)))).isEqualTo(new Store(Version.NONE));
        assertThat(decide(here, agreed(A, 5), NOTHING)).as("absence").isEqualTo(new Store(Version.NONE));
        assertThat(decide(here, agreed(A, 5), new Unknown("cut"))).isInstanceOf(Wait.class);
        assertThat(decide(here, agreed(B, 5), new Removed(version(6))))
                .as("it was changed here")
                .isEqualTo(new Store(Version.NONE));
        assertThat(decide(here, Optional.empty(), new Removed(version(6)))).isEqualTo(new Store(Version.NONE));
        assertThat(decide(here, Optional.of(new Agreed(A, Version.NONE)), new Removed(version(6))))
                .as("a folder of before does not know the version")
                .isEqualTo(new RemoveHere());
    }

    @Test
    void whatChangedOnOneSideGoesToTheOther() {
        assertThat(decide(new Held(B), agreed(A, 5), named(A, 5))).isEqualTo(new Store(version(5)));
        assertThat(decide(new Held(A), agreed(A, 5), named(B, 6))).isEqualTo(new Fetch(named(B, 6)));
        assertThat(decide(new Held(A), Optional.empty(), NOTHING)).isEqualTo(new Store(Version.NONE));
        assertThat(decide(GONE, Optional.empty(), named(A, 1))).isEqualTo(new Fetch(named(A, 1)));
        assertThat(decide(GONE, agreed(A, 5), named(A, 5))).isEqualTo(new RemoveThere(version(5)));
    }

    @Test
    void whatChangedOnBothSidesIsKeptTwice() {
        assertThat(decide(new Held(B), agreed(A, 5), named(C, 6))).isEqualTo(new Conflict(named(C, 6)));
        assertThat(decide(new Held(B), Optional.empty(), named(C, 6))).isEqualTo(new Conflict(named(C, 6)));
        assertThat(decide(new Held(A), agreed(A, 5), named(C, 4)))
                .as("the ring shows another content, and an older one")
                .isEqualTo(new Conflict(named(C, 4)));
        assertThat(decide(GONE, agreed(A, 5), named(B, 6)))
                .as("removed here, changed there")
                .isEqualTo(new Fetch(named(B, 6)));
        assertThat(decide(GONE, agreed(A, 5), named(A, 6)))
                .as("removed here, written again there")
                .isEqualTo(new Fetch(named(A, 6)));
    }

    @Test
    void whatIsAlikeIsNoted() {
        assertThat(decide(new Held(A), agreed(A, 5), named(A, 5))).isEqualTo(new Rest());
        assertThat(decide(new Held(A), agreed(A, 5), named(A, 6))).isEqualTo(new Agree(new Agreed(A, version(6))));
        assertThat(decide(new Held(B), Optional.empty(), named(B, 1))).isEqualTo(new Agree(new Agreed(B, version(1))));
        assertThat(decide(GONE, agreed(A, 5), new Removed(version(6)))).isEqualTo(new Forget());
        assertThat(decide(GONE, agreed(A, 5), NOTHING)).isEqualTo(new Forget());
        assertThat(decide(GONE, Optional.empty(), NOTHING)).isEqualTo(new Rest());
        assertThat(decide(new Unseen("odd"), agreed(A, 5), new Removed(version(6))))
                .isInstanceOf(Wait.class);
    }

    private static SyncRule.Plan plan(int files, int removedHere, int removedThere, boolean many) {
        Map<String, Sides> folder = new TreeMap<>();
        for (int i = 0; i < files; i++) {
            Here here = i < removedThere ? GONE : new Held(A);
            There there = i >= removedThere && i < removedThere + removedHere ? new Removed(version(6)) : named(A, 5);
            folder.put("f" + i, new Sides(here, agreed(A, 5), there));
        }
        folder.put("new", new Sides(new Held(B), Optional.empty(), NOTHING));
        return SyncRule.plan(folder, many);
    }

    @Test
    void tooManyRemovalsAtOnceAreHeldBackAndTheRestIsDone() {
        assertThat(plan(1000, 20, 0, false).held()).as("20").isFalse();
        assertThat(plan(1000, 21, 0, false).held()).as("more than 20").isTrue();
        assertThat(plan(1000, 0, 21, false).held()).as("on the ring too").isTrue();
        assertThat(plan(1000, 11, 10, false).held()).as("both together").isTrue();
        assertThat(plan(40, 4, 0, false).held()).as("a tenth").isFalse();
        assertThat(plan(4, 4, 0, false).held()).as("fewer than 5").isFalse();
        assertThat(plan(40, 5, 0, false).held()).as("more than a tenth").isTrue();
        assertThat(plan(50, 5, 0, false).held()).as("a tenth exactly").isFalse();
        assertThat(plan(1000, 900, 0, true).held()).as("wanted").isFalse();

        SyncRule.Plan held = plan(1000, 21, 3, false);
        assertThat(held.removals()).isEqualTo(24);
        assertThat(held.actions()).containsEntry("f0", new Hold(new RemoveThere(version(5))));
        assertThat(held.actions()).containsEntry("f3", new Hold(new RemoveHere()));
        assertThat(held.actions()).containsEntry("new", new Store(Version.NONE));
    }

    @Test
    void aConflictNameFitsEveryFileSystem() {
        assertThat(SyncNames.conflict("a.txt", "1.2", 1)).isEqualTo("a.conflict-1.2.txt");
        assertThat(SyncNames.conflict("d.x/a", "1.2", 3)).isEqualTo("d.x/a.conflict-1.2-3");
        assertThat(SyncNames.conflict(".hidden", "1.2", 1)).isEqualTo(".hidden.conflict-1.2");
        String longest = SyncNames.conflict("d/" + "\u00e9".repeat(125) + ".text", "1.2", 1);
        assertThat(longest).startsWith("d/\u00e9").endsWith(".conflict-1.2.text");
        assertThat(longest.getBytes(java.nio.charset.StandardCharsets.UTF_8).length - 2)
                .isLessThanOrEqualTo(255);
        String dotted = SyncNames.conflict("x." + "\ud83d\ude00".repeat(60), "1.2", 1);
        assertThat(dotted.getBytes(java.nio.charset.StandardCharsets.UTF_8).length)
                .isLessThanOrEqualTo(255);
        assertThat(SyncNames.isOwn("a/.chord-trash/b")).isTrue();
        assertThat(SyncNames.isOwn("a.chord-trash/b")).isFalse();
    }
}
