package dev.chord.node.gateway;

import dev.chord.client.Reference;
import dev.chord.client.Ring;
import dev.chord.client.Topology;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.ring.RingSettings;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The ring as a whole: its members, its health, its picture, and the way to a key. */
final class RingApi {
    private final Ring ring;
    private final RingSettings settings;

    RingApi(Ring ring, RingSettings settings) {
        this.ring = ring;
        this.settings = settings;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/v1/ring", "the ring in short", this::summary).gives("RingSummary"),
                Route.get("/api/v1/ring/members", "its members in ring order, with their neighbours", this::members)
                        .gives("Members"),
                Route.get(
                                "/api/v1/ring/members/{id}/fingers",
                                "the finger table of a member, a line for each run of equal fingers",
                                this::fingers)
                        .gives("Fingers"),
                Route.get("/api/v1/ring/load", "how many names each member answers for", this::load)
                        .gives("Load"),
                Route.get("/api/v1/ring/health", "which invariants hold; 503 if one does not", this::health)
                        .gives("Health")
                        .gives(503, Route.Content.json("Health")),
                Route.get("/api/v1/ring/picture.svg", "the ring as a picture", this::picture)
                        .gives(200, new Route.Content("image/svg+xml", Route.TEXT)),
                Route.get("/api/v1/keys/<key>/owner", "who owns a key: 64 hex digits, or a name", this::owner)
                        .gives("Owner"),
                Route.get("/api/v1/keys/<key>/route", "the way to a key, hop by hop, with reasons", this::route)
                        .gives("Path"));
    }

    private void summary(Context context) {
        List<Topology.Member> members = ring.topology().members();
        long up = members.stream().filter(m -> m.view().isPresent()).count();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", ring.options().ringName());
        body.put("up", up);
        body.put("down", members.size() - up);
        body.put(
                "processes",
                members.stream().map(m -> m.peer().process()).distinct().count());
        body.put("replicas", settings.replicas());
        body.put("successors", settings.successors());
        body.put("bootstrap", up <= settings.successors());
        Json.answer(context, body);
    }

    private void members(Context context) {
        Json.answer(
                context,
                Map.of(
                        "members",
                        ring.topology().members().stream()
                                .map(Views::memberAndNeighbours)
                                .toList()));
    }

    private void fingers(Context context) {
        String id = context.pathParam("id");
        Topology.Member member = ring.topology().members().stream()
                .filter(m -> m.peer().id().toHex().equals(id))
                .findFirst()
                .orElseThrow(
                        () -> new ChordException(ErrorCode.NOT_FOUND, "no such member", "see /api/v1/ring/members"));
        List<Map<String, Object>> rows = new ArrayList<>();
        ring.topology().fingers(member.peer()).forEach((index, peer) -> {
            Map<String, Object> row = new LinkedHashMap<>(Views.peer(peer));
            row.put("finger", index);
            row.put("position", peer.id().fraction());
            rows.add(row);
        });
        Json.answer(context, Map.of("fingers", rows));
    }

    private void load(Context context) {
        List<Map<String, Object>> rows = new ArrayList<>();
        ring.names().counts().forEach((id, names) -> rows.add(Map.of("id", id.toHex(), "names", names)));
        Json.answer(context, Map.of("members", rows));
    }

    private void health(Context context) {
        List<Topology.Member> members = ring.topology().members();
        List<String> found = RingHealth.findings(members, ring.holders().refused(members), settings);
        context.status(found.isEmpty() ? 200 : 503);
        Json.answer(context, Map.of("healthy", found.isEmpty(), "findings", found));
    }

    private void picture(Context context) {
        context.contentType("image/svg+xml")
                .header("Cache-Control", "no-store")
                .result(RingPicture.of(ring.topology().members()));
    }

    private void owner(Context context) {
        Lookup.Result result = ring.topology().trace(key(context));
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("key", result.key().toHex());
        body.put("owner", result.owner().map(Views::peer).orElse(null));
        body.put("arc", result.arc().map(Views::arc).orElse(null));
        Json.answer(context, body);
    }

    private void route(Context context) {
        Identifier key = key(context);
        long start = System.nanoTime();
        Lookup.Result result = ring.topology().trace(key);
        Json.answer(context, Views.route(result, (System.nanoTime() - start) / 1e6));
    }

    private static Identifier key(Context context) {
        String text = context.pathParam("key");
        if (text.isEmpty()) {
            throw new ChordException(ErrorCode.USAGE, "no key was given", "64 hex digits, or a name");
        }
        return Reference.key(text);
    }
}
