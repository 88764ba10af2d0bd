package dev.chord.client.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.error.ChordException;
import dev.chord.client.sync.MemoryFolder.Way;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Two folders that are kept in step with one ring, their users, somebody who writes to the ring itself, and
 * everything that can go wrong: one life of all of them, drawn from a seed. Holds all along that
 * <ul>
 *   <li>what a user wrote last in a folder is there: in its file, in a conflict copy, or in the trash;
 *   <li>a file that nobody ever removed, anywhere, stays;
 * </ul>
 * and at the end, when all is well for a while, that
 * <ul>
 *   <li>both folders have what the ring has;
 *   <li>what a user wrote and the ring never had is not in the trash alone, unless a process ended then;
 *   <li>what somebody wrote on the ring is somewhere, or was in a folder where a user could see it.
 * </ul>
 */
final class FolderWorld {
    // One is such as sync makes up itself.
    private static final List<String> NAMES = List.of("a.txt", "b", "d/c.txt", "d/e/.hidden", "b.conflict-1.3");
    private static final int MOVES = 24;
    private static final int SETTLING = 8;

    private final SplittableRandom random;
    private final MemoryRing ring = new MemoryRing();
    private final List<Desk> desks = List.of(new Desk("left"), new Desk("right"));
    private final List<String> story = new ArrayList<>();
    private final Set<String> removed = new HashSet<>(); // names that anybody ever removed
    private final Map<String, String> writtenThere = new LinkedHashMap<>(); // by somebody, last, by name
    private final boolean crashes; // in half of all lives
    private boolean crashed;
    private int texts;

    /** A crash of the process, in the midst of what it does. */
    private static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Crash() {
            super("crash", null, false, false);
        }
    }

    /** A folder and its user. */
    private static final class Desk {
        private final String called;
        private final MemoryFolder folder = new MemoryFolder();
        private final Map<String, String> wrote = new LinkedHashMap<>(); // the last text of the user, by name
        private Optional<MemoryFolder.Handle> open = Optional.empty();

        Desk(String called) {
            this.called = called;
        }

        // What is open has lost its name by the user's own hand: what is written to it now is nowhere to
        // be found.
        void unlinks(Optional<String> text) {
            open = open.filter(handle -> text.filter(handle.text()::equals).isEmpty());
            gives(text);
        }

        // Gone by the user's own hand.
        void gives(Optional<String> text) {
            text.ifPresent(old -> wrote.values().removeIf(old::equals));
        }
    }

    FolderWorld(long seed) {
        this.random = new SplittableRandom(seed);
        this.crashes = random.nextBoolean();
    }

    /**
     * Lives; returns what happened. Fails when something is lost, or when both sides do not come to the same
     * at the end.
     */
    List<String> live() throws IOException {
        for (int i = 0; i < MOVES; i++) {
            move();
        }
        settle();
        return story;
    }

    private void move() throws IOException {
        Desk desk = desks.get(random.nextInt(2));
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> userDoes(desk);
            case 4 -> ringChanges();
            case 5 -> desk.folder.rest();
            case 6 -> fault();
            default -> round(desk, crashes && random.nextInt(3) == 0 ? random.nextInt(40) : -1);
        }
    }

    private void fault() {
        switch (random.nextInt(6)) {
            case 0 -> {
                boolean same = random.nextBoolean();
                writtenThere.clear();
                tell("the ring loses its disks, its members are " + (same ? "the same" : "others"));
                ring.wipe(same);
            }
            case 1, 2 -> {
                tell("the ring is cut off");
                ring.cut(true);
            }
            case 3 -> {
                tell("part of the ring lists no names");
                ring.hide(Set.copyOf(List.of(name(), NAMES.get(0))));
            }
            default -> heal();
        }
    }

    private void heal() {
        tell("all is well again");
        ring.cut(false);
        ring.hide(Set.of());
    }

    private String name() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    // All of the same length, so that size tells nothing.
    private String text() {
        return String.format(java.util.Locale.ROOT, "text %06d", ++texts);
    }

    private void ringChanges() {
        String name = name();
        if (random.nextInt(4) == 0) {
            tell("somebody removes " + name + " on the ring");
            writtenThere.remove(name);
            removed.add(name);
            ring.remove(name);
        } else {
            String text = text();
            tell("somebody writes " + name + " on the ring: " + text);
            writtenThere.put(name, text);
            ring.write(name, text);
        }
    }

    private void userDoes(Desk desk) {
        String name = name();
        switch (random.nextInt(12)) {
            case 0 -> {
                tell(desk.called + " removes " + name);
                desk.unlinks(desk.folder.text(name));
                desk.folder.userRemoves(name);
                removed.add(name);
            }
            case 1 -> rename(desk, name, name());
            case 2, 3 -> {
                desk.open = desk.folder.open(name);
                tell(desk.called + " opens " + name);
            }
            case 4, 5 ->
                desk.open.filter(MemoryFolder.Handle::isSomewhere).ifPresent(handle -> {
                    String text = text();
                    tell(desk.called + " writes to what is open: " + text);
                    desk.gives(Optional.of(handle.text()));
                    handle.write(text);
                    desk.wrote.put("open", text);
                });
            default -> {
                String text = random.nextInt(8) == 0 ? "" : text();
                Way way = Way.values()[random.nextInt(Way.values().length)];
                tell(desk.called + " writes " + name + " " + way + ": " + text);
                if (way == Way.BY_RENAME || way == Way.BY_RENAME_KEEPING_TIME) {
                    desk.unlinks(desk.folder.text(name));
                } else {
                    desk.gives(desk.folder.text(name));
                }
                desk.folder.write(name, text, way);
                desk.wrote.put(name, text);
            }
        }
    }

    private void rename(Desk desk, String from, String to) {
        Optional<String> moved = desk.folder.text(from);
        if (from.equals(to) || moved.isEmpty()) {
            return;
        }
        tell(desk.called + " renames " + from + " to " + to);
        desk.unlinks(desk.folder.text(to));
        desk.folder.userRenames(from, to);
        removed.add(from);
        if (desk.wrote.remove(from, moved.get())) {
            desk.wrote.put(to, moved.get());
        }
    }

    /** A round; @param crashAfter steps, or none if negative. */
    private void round(Desk desk, int crashAfter) throws IOException {
        tell("round of " + desk.called + (crashAfter < 0 ? "" : ", ends after " + crashAfter + " steps"));
        int[] left = {crashAfter};
        boolean disturbed = random.nextInt(3) == 0;
        Runnable step = () -> {
            if (left[0]-- == 0) {
                left[0] = 0; // dead: nothing that it does afterwards happens
                throw new Crash();
            }
            if (disturbed && random.nextInt(6) == 0) {
                disturb(desk);
            }
        };
        if (random.nextBoolean()) {
            desk.folder.rest();
        }
        desk.folder.beforeEachStep(step);
        Set<String> before = desk.folder.files().keySet();
        try {
            Set<FolderSync.Consent> consents = EnumSet.noneOf(FolderSync.Consent.class);
            if (random.nextInt(4) == 0) {
                consents.add(FolderSync.Consent.ADOPT);
            }
            boolean lossy = random.nextInt(5) == 0;
            FolderSync.Round round = FolderSync.round(
                    desk.folder,
                    ring.seenFrom(desk.folder, step, () -> lossy && random.nextInt(8) == 0),
                    "s/",
                    consents);
            tell("    " + round.done() + round.leftOut());
        } catch (Crash e) {
            tell("    crash");
            crashed = true;
        } catch (ChordException e) {
            tell("    " + e.getMessage());
        } finally {
            desk.folder.beforeEachStep(() -> {});
        }
        nothingIsLost();
        before.removeAll(removed);
        assertThat(desk.folder.files().keySet())
                .as("files that nobody removed stay in " + desk.called)
                .containsAll(before);
    }

    private void disturb(Desk desk) {
        switch (random.nextInt(4)) {
            case 0 -> ringChanges();
            case 1 -> {
                tell("    the ring is cut off");
                ring.cut(true);
            }
            default -> userDoes(desk);
        }
    }

    private void nothingIsLost() {
        for (Desk desk : desks) {
            Map<String, String> all = desk.folder.everything();
            desk.wrote.forEach((name, text) -> assertThat(all)
                    .as("what was written last to %s of %s is somewhere", name, desk.called)
                    .containsValue(text));
        }
    }

    // Nobody writes any more and everything works: both sides come to the same, and stay.
    private void settle() throws IOException {
        heal();
        for (Desk desk : desks) {
            desk.folder.rest();
        }
        for (int i = 0; i < SETTLING; i++) {
            for (Desk desk : desks) {
                FolderSync.Round round = FolderSync.round(
                        desk.folder,
                        ring.seenFrom(desk.folder, () -> {}, () -> false),
                        "s/",
                        EnumSet.allOf(FolderSync.Consent.class));
                tell("settling " + desk.called + " " + round.done());
            }
        }
        nothingIsLost();
        assertThat(writtenThere.values())
                .as("what somebody wrote on the ring was to be seen")
                .allMatch(text -> desks.stream().anyMatch(desk -> desk.folder.everShowed(text)));
        for (Desk desk : desks) {
            Map<String, String> unknown = new LinkedHashMap<>(desk.wrote);
            unknown.values().removeIf(text -> ring.everHad(text) || crashed);
            assertThat(desk.folder.files().values())
                    .as("what the ring never had is to be seen in " + desk.called)
                    .containsAll(unknown.values());
            assertThat(desk.folder.files())
                    .as(desk.called + " has what the ring has")
                    .isEqualTo(ring.names());
        }
    }

    private void tell(String line) {
        story.add(line);
    }

    Optional<String> lastLines(int count) {
        return Optional.of(String.join("\n", story.subList(Math.max(0, story.size() - count), story.size())));
    }
}
