package dev.chord.sim;

import dev.chord.core.check.RingInvariants;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A ring of real members that does what a text says, line by line, and tells what comes of it. One unanswered
 * call is enough to be presumed dead. Messages arrive in the order in which they are sent, unless the text
 * holds them back.
 *
 * <p>Lines: {@code ring 0 2 4} (settled), {@code N founds a ring}, {@code N joins through M}, {@code N
 * stabilizes}, {@code N checks} (its predecessor; and whether there is another ring), {@code N fixes
 * fingers}, {@code N looks up K}, {@code N leaves}, {@code N dies}, {@code N comes back} (remembering whom it
 * knew), {@code N cannot reach M}, {@code N reaches M}, {@code hold N} (what it sends), {@code let go},
 * {@code cut off N M ...}, {@code heal}, {@code K rounds}.
 */
final class Story {
    private static final int BITS = 6;
    private static final Pattern MEMBER = Pattern.compile("(\\d+) (.*)");

    private final TestRing ring = new TestRing(new RingSettings(new IdentifierCircle(BITS), 2, 2, 1, 1), 1);
    private final Map<Long, Peer> lives = new TreeMap<>();
    private final Map<Long, List<Peer>> remembered = new HashMap<>();
    private final Set<Endpoint> held = new HashSet<>();
    private final List<String> told = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();

    Story() {
        ring.narrate(told::add);
    }

    /** Lets one line happen, and returns what came of it. */
    List<String> play(String line) {
        told.clear();
        Map<Long, String> before = described();
        Matcher member = MEMBER.matcher(line);
        if (line.endsWith(" rounds")) {
            rounds(Integer.parseInt(line.substring(0, line.indexOf(' '))));
        } else if (member.matches()) {
            act(Long.parseLong(member.group(1)), member.group(2));
        } else {
            world(line);
        }
        ring.settleInOrder(held);
        described().forEach((id, text) -> {
            if (!text.equals(before.get(id))) {
                told.add(text);
            }
        });
        for (RingInvariants.Violation violation : RingInvariants.safety(ring.snapshots())) {
            broken.add(line + ": " + violation);
            told.add("BROKEN " + violation);
        }
        return List.copyOf(told);
    }

    private void world(String line) {
        List<String> words = List.of(line.split(" "));
        if (line.startsWith("ring ")) {
            words.subList(1, words.size()).forEach(id -> born(Long.parseLong(id), 1));
            ring.startIdeal(List.copyOf(lives.values()));
        } else if (line.startsWith("hold ")) {
            held.add(peer(Long.parseLong(words.get(1))).endpoint());
        } else if (line.equals("let go")) {
            held.clear();
        } else if (line.startsWith("cut off ")) {
            ring.cut(words.subList(2, words.size()).stream()
                    .map(id -> peer(Long.parseLong(id)))
                    .toList());
        } else if (line.equals("heal")) {
            ring.cut(List.of());
        } else {
            throw new IllegalArgumentException("not understood: " + line);
        }
    }

    private void act(long id, String what) {
        String last = what.substring(what.lastIndexOf(' ') + 1);
        if (what.equals("founds a ring")) {
            ring.start(born(id, 1));
            ring.command(peer(id), new Command.Found(1));
        } else if (what.startsWith("joins through ")) {
            ring.start(born(id, lives.containsKey(id) ? peer(id).incarnation() + 1 : 1));
            Peer seed = peer(Long.parseLong(last));
            report(ring.command(peer(id), new Command.Join(List.of(seed.endpoint()))));
        } else if (what.equals("stabilizes")) {
            ring.tick(peer(id), Event.Timer.STABILIZE);
        } else if (what.equals("checks")) {
            ring.tick(peer(id), Event.Timer.CHECK_PREDECESSOR);
        } else if (what.equals("fixes fingers")) {
            ring.tick(peer(id), Event.Timer.FIX_FINGERS);
        } else if (what.startsWith("looks up ")) {
            report(ring.command(peer(id), new Command.FindSuccessor(Identifier.of(Long.parseLong(last)))));
        } else if (what.equals("leaves")) {
            long command = ring.command(peer(id), new Command.Leave());
            report(command);
            if (ring.outcome(command).filter(o -> o instanceof Outcome.Done).isPresent()) {
                ring.command(peer(id), new Command.Depart());
            }
        } else if (what.equals("dies")) {
            remembered.put(id, ring.state(peer(id)).remembered().values());
            ring.crash(peer(id));
        } else if (what.equals("comes back")) {
            ring.start(born(id, peer(id).incarnation() + 1));
            ring.command(peer(id), new Command.Recover(remembered.getOrDefault(id, List.of())));
        } else if (what.startsWith("cannot reach ")) {
            ring.cut(peer(id), peer(Long.parseLong(last)), true);
        } else if (what.startsWith("reaches ")) {
            ring.cut(peer(id), peer(Long.parseLong(last)), false);
        } else {
            throw new IllegalArgumentException("not understood: " + id + " " + what);
        }
    }

    private void report(long command) {
        ring.settleInOrder(held);
        ring.outcome(command).ifPresent(outcome -> {
            if (outcome instanceof Outcome.LookedUp up) {
                told.add("found " + up.result().owner().map(StoryText::name).orElse("nobody"));
            } else if (outcome instanceof Outcome.Declined declined) {
                told.add("not now: " + declined.reason());
            } else if (outcome instanceof Outcome.JoinFailed failed) {
                failed.attempts().forEach(a -> told.add("not in: " + a.reason()));
            }
        });
    }

    // Rounds tell what they led to, not every message.
    private void rounds(int count) {
        for (int i = 0; i < count; i++) {
            for (Peer peer : lives.values()) {
                Arrays.stream(Event.Timer.values()).forEach(timer -> ring.tick(peer, timer));
                ring.settleInOrder(held);
            }
        }
        told.clear();
        told.add(ideal() ? "the ring is ideal" : "the ring is not ideal");
    }

    private Peer born(long id, long incarnation) {
        Peer peer = new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(id), incarnation);
        lives.put(id, peer);
        return peer;
    }

    private Peer peer(long id) {
        Peer peer = lives.get(id);
        if (peer == null) {
            throw new IllegalArgumentException("there is no " + id);
        }
        return peer;
    }

    private Map<Long, String> described() {
        Map<Long, String> texts = new TreeMap<>();
        lives.forEach((id, peer) -> {
            NodeState state = ring.state(peer);
            texts.put(id, state == null ? id + " is dead" : StoryText.of(state));
        });
        return texts;
    }

    /** Invariants that did not hold, and after which line. */
    List<String> broken() {
        return broken;
    }

    /** Whether everybody alive is in the ring, and the ring as the oracle says. */
    boolean ideal() {
        List<RingInvariants.Snapshot> members = ring.snapshots();
        boolean allIn = members.size() == ring.states().size();
        return allIn
                && RingInvariants.ideal(members, new RingSettings(new IdentifierCircle(BITS), 2, 2, 1, 1))
                        .isEmpty();
    }
}
