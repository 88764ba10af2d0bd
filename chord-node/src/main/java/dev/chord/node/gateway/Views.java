package dev.chord.node.gateway;

import dev.chord.client.Coverage;
import dev.chord.client.Explanation;
import dev.chord.client.Located;
import dev.chord.client.NameEntry;
import dev.chord.client.NameEvent;
import dev.chord.client.Topology;
import dev.chord.core.id.Arc;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.ring.Peer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The ring's words as JSON, the same over REST and on the command line. */
public final class Views {
    private Views() {}

    public static Map<String, Object> peer(Peer peer) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", peer.id().toHex());
        view.put("address", peer.endpoint().toString());
        view.put("zone", peer.zone());
        return view;
    }

    public static Map<String, Object> arc(Arc arc) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("from", arc.from().toHex());
        view.put("to", arc.to().toHex());
        view.put("share", arc.share());
        return view;
    }

    public static Map<String, Object> name(NameEntry entry) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", entry.name());
        view.put("content", entry.content().toHex());
        view.put("size", entry.size());
        view.put("shared", entry.shared());
        view.put("version", entry.version().number());
        return view;
    }

    /** Something that happened to a name. */
    public static Map<String, Object> event(NameEvent event) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", event.id());
        view.put("event", event.kind().name().toLowerCase(Locale.ROOT));
        if (!event.name().isEmpty()) {
            view.put("name", event.name());
        }
        event.entry().ifPresent(entry -> view.putAll(name(entry)));
        if (!event.detail().isEmpty()) {
            view.put("detail", event.detail());
        }
        return view;
    }

    public static Map<String, Object> coverage(Coverage coverage) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("fraction", coverage.fraction());
        view.put("complete", coverage.complete());
        view.put("missing", coverage.missing().stream().map(Views::arc).toList());
        view.put("silent", coverage.silent());
        view.put("asked", coverage.effort().asked());
        view.put("depth", coverage.effort().depth());
        return view;
    }

    /** A member, in two letters: up or down; normal, joining, leaving, isolated, out of the ring. */
    public static String state(Topology.Member member) {
        return member.view()
                .map(at -> switch (at.phase()) {
                    case MEMBER -> "UN";
                    case LEAVING -> "UL";
                    case JOINING -> "UJ";
                    case ISOLATED -> "UI";
                    case OUTSIDE, LEFT -> "UO";
                })
                .orElse("DN");
    }

    public static Map<String, Object> member(Topology.Member member) {
        Map<String, Object> view = peer(member.peer());
        view.put("state", state(member));
        view.put(
                "owns",
                member.view().flatMap(Reply.Neighborhood::owned).map(Views::arc).orElse(null));
        return view;
    }

    /** The same with its neighbours, for a picture. */
    public static Map<String, Object> memberAndNeighbours(Topology.Member member) {
        Map<String, Object> view = member(member);
        view.put("position", member.peer().id().fraction());
        view.put("process", member.peer().process().toHex());
        view.put(
                "successors",
                member.view().map(Reply.Neighborhood::successors).orElse(List.of()).stream()
                        .map(p -> p.id().toHex())
                        .toList());
        view.put(
                "predecessor",
                member.view()
                        .flatMap(Reply.Neighborhood::predecessor)
                        .map(p -> p.id().toHex())
                        .orElse(null));
        view.put("trouble", member.trouble());
        return view;
    }

    /** A lookup with its reasons. */
    public static Map<String, Object> route(Lookup.Result result, double millis) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("key", result.key().toHex());
        view.put("position", result.key().fraction());
        view.put("hops", result.hops());
        view.put("millis", millis);
        view.put("chain", result.chain().stream().map(Views::peer).toList());
        view.put("route", result.route().stream().map(hop -> hop(result, hop)).toList());
        return view;
    }

    private static Map<String, Object> hop(Lookup.Result result, Lookup.Hop hop) {
        Map<String, Object> view = peer(hop.peer());
        view.put("hop", hop.depth());
        view.put("via", hop.via().id().toHex());
        view.put("left", left(result, hop));
        view.put("reason", reason(result, hop));
        view.put("trouble", hop.trouble());
        return view;
    }

    /** The share of the circle from a hop to the key. */
    public static double left(Lookup.Result result, Lookup.Hop hop) {
        return IdentifierCircle.FULL.distance(hop.peer().id(), result.key()).fraction();
    }

    /** What a hop was good for. */
    public static String reason(Lookup.Result result, Lookup.Hop hop) {
        boolean told = result.predecessor().filter(hop.peer()::equals).isPresent();
        if (!hop.trouble().isEmpty()) {
            return hop.trouble();
        }
        return told ? "precedes the key: its list holds the answer" : "knows closer ones";
    }

    public static Map<String, Object> source(Located.Source source) {
        Map<String, Object> view = peer(source.peer());
        view.put("kind", source.kind().toString().toLowerCase(Locale.ROOT));
        view.put("reachable", source.reachable());
        view.put("reason", source.reason());
        view.put("zone", source.peer().zone());
        view.put("bytesPerSecond", source.bytesPerSecond());
        return view;
    }

    public static Map<String, Object> explained(Explanation explanation) {
        Map<String, Object> view = located(explanation.located());
        view.put("inPlace", explanation.inPlace());
        view.put("record", explanation.record().stream().map(Views::recordCopy).toList());
        view.put("parts", explanation.parts().stream().map(Views::part).toList());
        return view;
    }

    private static Map<String, Object> recordCopy(Explanation.RecordCopy copy) {
        Map<String, Object> view = peer(copy.peer());
        view.put("role", copy.role());
        view.put("version", copy.version().number());
        view.put("state", state(copy.state()));
        return view;
    }

    private static Map<String, Object> part(Explanation.Part part) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("blocks", part.chunks().size());
        view.put("copies", part.copies());
        view.put("tooFew", part.tooFew());
        view.put(
                "holders",
                part.holders().stream()
                        .map(h -> {
                            Map<String, Object> row = peer(h.peer());
                            row.put("blocks", h.count());
                            row.put("state", state(h.state()));
                            return row;
                        })
                        .toList());
        return view;
    }

    public static String state(Explanation.State state) {
        return state.toString().toLowerCase(Locale.ROOT);
    }

    public static Map<String, Object> located(Located located) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("content", located.content().toHex());
        view.put("name", located.name().map(NameEntry::name).orElse(null));
        view.put("size", located.size());
        view.put("chunks", located.chunks());
        view.put("arc", located.arc().map(Views::arc).orElse(null));
        view.put("sources", located.sources().stream().map(Views::source).toList());
        return view;
    }
}
