package dev.chord.sim;

import dev.chord.core.id.Arc;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Messages and members in the words of the stories. */
final class StoryText {
    private StoryText() {}

    static String name(Peer peer) {
        return peer.id() + "'".repeat((int) peer.incarnation() - 1);
    }

    static String names(List<Peer> peers) {
        return peers.isEmpty() ? "none" : peers.stream().map(StoryText::name).collect(Collectors.joining(" "));
    }

    private static String name(Optional<Peer> peer) {
        return peer.map(StoryText::name).orElse("unknown");
    }

    private static String owns(Optional<Arc> arc) {
        return arc.map(a -> a.isWhole() ? "everything" : "(" + a.from() + ", " + a.to() + "]")
                .orElse("nothing");
    }

    static String of(Peer from, Action.Send send, boolean arrives) {
        String to = send.target().map(Object::toString).orElse(send.to().host().substring(1));
        return name(from) + " -> " + to + ": " + of(send.request()) + (arrives ? "" : " (no answer)");
    }

    static String of(Peer from, Peer to, Reply reply) {
        return name(from) + " -> " + name(to) + ": " + of(reply);
    }

    private static String of(Request request) {
        if (request instanceof Request.FindStep find) {
            return "who precedes " + find.key() + "?";
        } else if (request instanceof Request.JoinThrough) {
            return "let me in behind you";
        } else if (request instanceof Request.Notify) {
            return "I may be your predecessor";
        } else if (request instanceof Request.PrepareLeave prepare) {
            return "may I leave, " + (prepare.before() ? "as your successor?" : "as your predecessor?");
        } else if (request instanceof Request.Departing departing) {
            return "I go; before me is " + name(departing.predecessor()) + ", after me "
                    + names(departing.successors());
        }
        return request instanceof Request.Ping ? "are you there?" : "your neighbours?";
    }

    private static String of(Reply reply) {
        if (reply instanceof Reply.Neighborhood at) {
            return of(at);
        } else if (reply instanceof Reply.Step step) {
            return of(step.at()) + "; closer: " + names(step.closer());
        } else if (reply instanceof Reply.Refused refused) {
            return "no, " + refused.reason();
        }
        return "yes";
    }

    private static String of(Reply.Neighborhood at) {
        String phase = at.phase().routes() ? "" : at.phase().name().toLowerCase(java.util.Locale.ROOT) + ", ";
        return phase + "before me " + name(at.predecessor()) + ", after me " + names(at.successors());
    }

    /** What a member has come to. */
    static String of(NodeState state) {
        return name(state.self())
                + " is "
                + state.phase().name().toLowerCase(java.util.Locale.ROOT)
                + ": successors "
                + names(state.view().successors().entries())
                + ", predecessor "
                + name(state.view().predecessor())
                + ", owns "
                + owns(state.ownership().settled());
    }
}
