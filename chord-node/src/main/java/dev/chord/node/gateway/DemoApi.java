package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.ChordNode;
import dev.chord.node.demo.LocalRing;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What only a demo lets its visitors do: add nodes to the ring, kill them, cut the ring in two, slow a node's
 * links down.
 */
final class DemoApi {
    private static final int MAX_NODES = 32;
    private static final int MAX_DELAY_MILLIS = 2000;

    private final LocalRing ring;

    DemoApi(LocalRing ring) {
        this.ring = ring;
    }

    List<Route> routes() {
        return List.of(
                Route.get(
                                "/api/v1/demo",
                                "that this is a demo, what is wrong with its links, and what the tour has told",
                                context -> Json.answer(context, view()))
                        .gives("Demo"),
                Route.of("POST", "/api/v1/demo/nodes", "start one more node", 201, this::add)
                        .gives("Peer"),
                Route.of(
                        "DELETE",
                        "/api/v1/demo/nodes/{id}",
                        "kill a node without a word to the others",
                        204,
                        this::kill),
                Route.of(
                                "PUT",
                                "/api/v1/demo/nodes/{id}/delay",
                                "make the links of a node slower: {\"millis\": 0 to " + MAX_DELAY_MILLIS + "}",
                                200,
                                this::slow)
                        .takes("Delay")
                        .gives("Demo"),
                Route.of(
                                "PUT",
                                "/api/v1/demo/cut",
                                "cut the ring in two halves that do not reach each other",
                                200,
                                this::cut)
                        .gives("Demo"),
                Route.of("DELETE", "/api/v1/demo/cut", "let them reach each other again", 200, this::heal)
                        .gives("Demo"));
    }

    private Map<String, Object> view() {
        Set<Endpoint> cutOff = ring.links().cutOff();
        Map<String, Object> slow = new TreeMap<>();
        ring.links().slowed().forEach((at, by) -> slow.put(at.toString(), by.toMillis()));
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("nodes", ring.nodes().size());
        view.put("cut", !cutOff.isEmpty());
        view.put("cutOff", cutOff.stream().map(Endpoint::toString).sorted().toList());
        view.put("slow", slow);
        view.put("told", ring.told());
        return view;
    }

    private synchronized void add(Context context) {
        if (ring.nodes().size() >= MAX_NODES) {
            throw new ChordException(ErrorCode.CONFLICT, "a demo has at most " + MAX_NODES + " nodes", "kill some");
        }
        context.status(201);
        Json.answer(context, Views.peer(ring.add().self()));
    }

    private ChordNode node(Context context) {
        String id = context.pathParam("id");
        Identifier member = id.matches("[0-9a-f]{64}") ? Identifier.ofHex(id) : Identifier.ZERO;
        return ring.nodes().stream()
                .filter(n -> n.loop().state(member).isPresent())
                .findFirst()
                .orElseThrow(() -> new ChordException(ErrorCode.NOT_FOUND, "no such node in this demo", ""));
    }

    private synchronized void kill(Context context) {
        ChordNode node = node(context);
        if (node == ring.nodes().get(0)) {
            throw new ChordException(ErrorCode.CONFLICT, "this is the node that serves the page", "kill another one");
        }
        ring.kill(node);
        context.status(204);
    }

    private void slow(Context context) throws IOException {
        Object millis = Json.body(context, "millis").get("millis");
        if (!(millis instanceof Double number) || number < 0 || number > MAX_DELAY_MILLIS) {
            throw new ChordException(
                    ErrorCode.USAGE, "the delay is missing or too long", "{\"millis\": 0 to " + MAX_DELAY_MILLIS + "}");
        }
        ring.links().slow(node(context).endpoint(), Duration.ofMillis(number.longValue()));
        Json.answer(context, view());
    }

    // Every second one in ring order, so that every arc loses its neighbours; the node with the page stays on
    // the larger side.
    private void cut(Context context) {
        List<ChordNode> order = ring.nodes().stream()
                .sorted(Comparator.comparing(n -> n.self().id()))
                .toList();
        int page = order.indexOf(ring.nodes().get(0));
        if (order.size() < 2) {
            throw new ChordException(ErrorCode.CONFLICT, "there is nothing to cut", "start more nodes");
        }
        Set<Endpoint> others = order.stream()
                .filter(n -> Math.floorMod(order.indexOf(n) - page, order.size()) % 2 != 0)
                .map(ChordNode::endpoint)
                .collect(Collectors.toSet());
        ring.links().cut(others);
        Json.answer(context, view());
    }

    private void heal(Context context) {
        ring.links().heal();
        Json.answer(context, view());
    }
}
